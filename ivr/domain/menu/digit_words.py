"""How prompts in six languages name digits and ask for them. Lower case, without accents."""

from __future__ import annotations

_ENGLISH = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_SPANISH = ("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve")
_FRENCH = ("zero", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf")
_GERMAN = ("null", "eins", "zwei", "drei", "vier", "funf", "sechs", "sieben", "acht", "neun")
_PORTUGUESE = ("zero", "um", "dois", "tres", "quatro", "cinco", "seis", "sete", "oito", "nove")
_ITALIAN = ("zero", "uno", "due", "tre", "quattro", "cinque", "sei", "sette", "otto", "nove")
_NAMES = (_ENGLISH, _SPANISH, _FRENCH, _GERMAN, _PORTUGUESE, _ITALIAN)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


DIGIT_WORDS = {
    **{word: str(digit) for names in _NAMES for digit, word in enumerate(names)},
    **dict.fromkeys(("star", "asterisk", "asterisco", "estrella", "etoile", "asterisque"), "*"),
    **dict.fromkeys(("stern", "sterntaste"), "*"),
    **dict.fromkeys(("pound", "hash", "almohadilla", "numeral", "gato", "diese", "carre"), "#"),
    **dict.fromkeys(("raute", "rautetaste", "cancelletto", "cerquilha"), "#"),
}
# They mean other things, too: only right behind a verb, or elsewhere in a text that has one, are they digits.
AMBIGUOUS = _words("one uno un um sei due acht star pound hash estrella numeral gato etoile carre stern")

VERBS = _words(
    "press pressing push pushing hit hitting dial dialing dialling select selecting enter entering choose choosing"
    " key keying use using type typing tap tapping punch punching touch touching pick picking"
    " marque marca marcar marcando oprima oprime oprimir oprimiendo pulse pulsa pulsar pulsando presione presiona"
    " presionar presionando digite digita teclee elija elige seleccione selecciona escoja toque ingrese introduzca"
    " apriete tecleando digitando seleccionando eligiendo"
    " appuyez appuyer appuyant tapez taper faites faire composez composer pressez presser choisissez choisir"
    " selectionnez selectionner entrez pesez enfoncez faisant composant choisissant"
    " drucken drucke druckt wahlen wahle tippen tippe betatigen betatige geben gib eingeben"
    " pressione pressionar pressionando aperte apertar apertando tecle teclar teclando disque discar discando"
    " digitar selecione selecionar selecionando escolha escolher"
    " prema premi premere premete premendo digiti digitate digitare digitando componga componete comporre"
    " componendo selezioni selezionate selezionare selezionando scelga scegliere scegliendo schiacci schiacciare"
    " inserisca inserire"
)
# Those that ask for a number as well as for a key: "enter 1-5" may be an amount.
TYPED = _words(
    "enter entering type typing key keying ingrese introduzca entrez geben gib eingeben inserisca inserire"
)
# Those that may stand behind the digit: "um keine Anrufe mehr zu erhalten, die 9 drücken".
LATE_VERBS = _words("drucken wahlen tippen betatigen")
# Between a verb and its digit: "press or say the number 9", "oprima la tecla 9", "appuyez sur la touche 9".
FILLERS = _words(
    "the key number digit button option either just simply on in or say saying marked your phone keypad"
    " el la los las tecla teclas numero digito boton opcion en su teclado"
    " le les l sur touche touches chiffre bouton de votre clavier"
    " sie die der taste ziffer zahl bitte einfach jetzt nun danach anschliessend auf ihrer ihrem tastatur telefon"
    " o botao opcao no teclado seu telefone agora il lo tasto cifra opzione sulla tastiera telefono"
)
# Behind a digit: "the 9 key".
NOUNS = _words("key keys button sign symbol tecla touche taste tasto")
ALTERNATIVES = _words("or otherwise o u ou sinon oder sonst oppure")
JOINERS = ALTERNATIVES | _words("and then y e luego et puis und dann poi")
# "9 to be removed": what the digit is for.
PURPOSES = _words("to for if when para si por cuando pour afin quand fur wenn damit per se caso")
# "9 removes you": what it does.
EFFECTS = _words(
    "opt opts remove removes stop stops take takes end ends will lets gets unsubscribe unsubscribes"
    " elimina quita cancela retire arrete supprime entfernt beendet loscht streicht remove exclui retira"
    " rimuove cancella toglie"
)
# "to stop such calls 9": where a clause begins that tells it first.
PURPOSE_STARTS = PURPOSES | _words("in zum zur")
RANGES = _words("to through thru until till a al bis ate")
# What is counted: "5 digits", "9 am".
UNITS = _words(
    "digit digits minute minutes second seconds hour hours day days week weeks month months year years times am pm"
    " oclock percent dollar dollars cent cents euro euros people more of"
    " digitos minuto minutos segundo segundos hora horas dia dias semana semanas mes meses ano anos veces"
    " chiffres seconde secondes heure heures h jour jours semaine semaines mois an ans fois"
    " ziffern minuten sekunde sekunden stunde stunden uhr tag tage tagen woche wochen monat monate monaten jahr jahre"
    " jahren mal prozent personen vezes reais real pessoas personas personnes"
    " cifre minuti secondi ore giorno giorni settimana settimane mese mesi anno anni volte persone"
)
# "open 9 to noon", "Suite 9", "from 8 to 9": no digit to press.
TIMES = _words("noon midnight mediodia medianoche midi minuit")
LABELS = _words(
    "suite unit room floor apartment apt building gate line route highway channel extension ext number no page step"
    " to at by of in until till after before since than from about around and or"
    " a las de hasta desde antes despues a vers des avant apres jusqu"
)
