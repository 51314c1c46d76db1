"""Which digits prompts ask callers to press, as menus in Spanish, French, German, Portuguese and Italian word it, and
what only looks like it there."""

from __future__ import annotations

import pytest

from ivr.domain.menu.digits_said import digits_said
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.lint import lint
from ivr.domain.menu.words import READ

ASKED = {
    "es": [
        ("Para dejar de recibir llamadas, pulse 9.", "9"),
        ("Si no desea recibir más llamadas, marque el 9.", "9"),
        ("Para ser eliminado de nuestra lista, oprima 9.", "9"),
        ("Oprima el nueve para que no le volvamos a llamar.", "9"),
        ("Presione 1 para ventas o 9 para darse de baja.", "19"),
        ("Para ventas, pulse 1; para soporte, 2; para darse de baja, 9.", "129"),
        ("Si desea que eliminemos su número, digite 9 ahora.", "9"),
        ("Pulse la tecla 9 si no quiere más llamadas.", "9"),
        ("Para español oprima el número dos.", "2"),
        ("Marque 1 si es techador, o 9 si desea salir de la lista.", "19"),
        ("Teclee 0 para hablar con un operador.", "0"),
        ("Elija la opción 9 para salir de nuestra lista.", "9"),
        ("Para repetir este menú, presione la tecla asterisco.", "*"),
        ("Termine con la tecla de gato. Pulse gato.", "#"),
        ("Ventas, uno. Bajas, nueve. Pulse 1 o 9.", "19"),
        ("Puede darse de baja en cualquier momento pulsando el 9.", "9"),
        ("Toque el 9 en su teclado.", "9"),
        ("Pulse 7, u 8 para darse de baja.", "78"),
    ],
    "fr": [
        ("Pour ne plus recevoir d'appels, appuyez sur 9.", "9"),
        ("Si vous ne souhaitez plus être appelé, tapez 9.", "9"),
        ("Pour être retiré de notre liste, faites le 9.", "9"),
        ("Appuyez sur la touche neuf pour vous désinscrire.", "9"),
        ("Appuyez sur 1 pour les ventes ou sur 9 pour être retiré de la liste.", "19"),
        ("Pour les ventes, tapez 1 ; pour le support, tapez 2 ; pour vous désabonner, tapez 9.", "129"),
        ("Tapez 1, 2 ou 9.", "129"),
        ("Composez le 9 pour que nous ne vous rappelions plus.", "9"),
        ("Veuillez appuyer sur le 9.", "9"),
        ("Choisissez l'option 9 si vous ne voulez plus d'appels.", "9"),
        ("Pour revenir au menu, appuyez sur étoile.", "*"),
        ("Entrez votre choix, puis appuyez sur dièse.", "#"),
        ("Pour un conseiller, tapez zéro.", "0"),
        ("Vous pouvez vous désinscrire à tout moment en appuyant sur la touche 9.", "9"),
        ("Faites le un pour un couvreur, le neuf pour ne plus être appelé.", "19"),
        ("Pour le français, appuyez sur le 2.", "2"),
    ],
    "de": [
        ("Wenn Sie keine Anrufe mehr wünschen, drücken Sie die 9.", "9"),
        ("Um von unserer Liste gestrichen zu werden, drücken Sie die Neun.", "9"),
        ("Drücken Sie die 9, wenn Sie nicht mehr angerufen werden möchten.", "9"),
        ("Für den Verkauf drücken Sie die 1, für den Service die 2, zum Abmelden die 9.", "129"),
        ("Drücken Sie 1 für einen Dachdecker oder 9, um aus der Liste gelöscht zu werden.", "19"),
        ("Bitte wählen Sie die 9, um sich abzumelden.", "9"),
        ("Mit der 9 melden Sie sich ab.", "9"),
        ("Möchten Sie keine weiteren Anrufe? Dann drücken Sie bitte die 9.", "9"),
        ("Drücken Sie die Taste 9.", "9"),
        ("Tippen Sie die 9, damit wir Sie nicht mehr anrufen.", "9"),
        ("Für Deutsch drücken Sie die Eins.", "1"),
        ("Durch Drücken der Taste 9 werden Sie gelöscht.", "9"),
        ("Wenn Sie nicht mehr angerufen werden möchten, drücken Sie jetzt die 9.", "9"),
        ("Zum Wiederholen drücken Sie die Sterntaste, zum Beenden die Rautetaste.", "*#"),
        ("Bestätigen Sie mit der Rautetaste. Drücken Sie Raute.", "#"),
        ("Wählen Sie eins, zwei oder neun.", "129"),
        ("Betätigen Sie die Ziffer 9.", "9"),
        ("Bitte drücken Sie auf Ihrem Telefon die 9.", "9"),
        ("Geben Sie die 9 ein, um abgemeldet zu werden.", "9"),
    ],
    "pt": [
        ("Para não receber mais ligações, digite 9.", "9"),
        ("Se não quiser mais receber ligações, tecle 9.", "9"),
        ("Para sair da nossa lista, aperte 9.", "9"),
        ("Pressione 9 para que o seu número seja removido.", "9"),
        ("Para vendas, digite 1. Para suporte, digite 2. Para sair da lista, digite 9.", "129"),
        ("Digite 1 para falar com um telhadista ou 9 para ser removido da lista.", "19"),
        ("Para vendas, tecle 1; para suporte, 2; para sair, 9.", "129"),
        ("Aperte a tecla nove se não deseja mais ser contatado.", "9"),
        ("Disque 9 para cancelar.", "9"),
        ("Escolha a opção 9 para não ser mais chamado.", "9"),
        ("Se deseja ser removido da nossa lista, pressione o número 9.", "9"),
        ("Para falar com um atendente, tecle zero.", "0"),
        ("Digite o seu número e, em seguida, tecle jogo da velha.", "#"),
        ("Para voltar, tecle asterisco.", "*"),
        ("Tecle um, dois ou nove.", "129"),
        ("Você pode sair da lista a qualquer momento apertando o 9.", "9"),
        ("Caso não queira mais ligações, digite nove agora.", "9"),
        ("Tecle # para terminar.", "#"),
    ],
    "it": [
        ("Per non ricevere più chiamate, prema 9.", "9"),
        ("Se non desidera essere richiamato, prema il 9.", "9"),
        ("Per essere rimosso dal nostro elenco, prema il tasto 9.", "9"),
        ("Prema 9 per cancellarsi dalla lista.", "9"),
        ("Per le vendite prema 1, per l'assistenza 2, per essere cancellato 9.", "129"),
        ("Prema 1 per parlare con un operatore oppure 9 per non essere più chiamato.", "19"),
        ("Digiti 9 se non vuole più ricevere telefonate.", "9"),
        ("Premere 1 per l'italiano, premere 9 per la cancellazione.", "19"),
        ("Selezioni l'opzione 9 per uscire dall'elenco.", "9"),
        ("Scelga 9 per non essere più contattato.", "9"),
        ("Può cancellarsi in qualsiasi momento premendo il tasto 9.", "9"),
        ("Per parlare con un operatore digiti zero.", "0"),
        ("Inserisca il codice, poi prema cancelletto.", "#"),
        ("Per tornare indietro prema asterisco.", "*"),
        ("Prema uno, due o nove.", "129"),
        ("Altrimenti prema il numero nove sulla tastiera.", "9"),
        ("Se non vuole essere richiamato, digiti il tasto nove adesso.", "9"),
        ("Componga il 9 per la rimozione.", "9"),
    ],
}
NOT_ASKED = {
    "es": [
        "Estamos abiertos de lunes a viernes de 9 a 17 horas.",
        "En caso de emergencia, marque el 112.",
        "Su llamada será atendida en 9 minutos.",
        "Usted es el número 3 de la lista.",
        "Llame al 900 123 456.",
        "Estamos en la calle Mayor 9.",
        "Introduzca los 4 dígitos de su código.",
        "Quedan 2 personas delante de usted.",
        "Cierra a las 9.",
        "Desde 1 euro al día.",
        "Uno de nuestros agentes le atenderá.",
        "Tenemos 9 oficinas.",
        "Marque 9-1-1 si es una emergencia.",
        "Abrimos a las 9 y cerramos a las 5.",
        "Un agente le atenderá. Hay 2 agentes libres.",
    ],
    "fr": [
        "Nous sommes ouverts du lundi au vendredi de 9 heures à 17 heures.",
        "En cas d'urgence, composez le 112.",
        "Votre temps d'attente est de 9 minutes.",
        "Il y a 2 personnes avant vous.",
        "Notre adresse est 9, rue de la Paix.",
        "Saisissez les 4 chiffres de votre code.",
        "Un de nos conseillers va vous répondre.",
        "Appelez le 01 23 45 67 89.",
        "À partir de 1 euro par jour.",
        "Nous fermons à 9 heures.",
        "Nous avons 9 agences.",
        "Vous êtes le numéro 3.",
        "Ouvert 7 jours sur 7.",
        "Bureau 9, deuxième étage.",
        "Les 2 prochains jours nous sommes fermés.",
    ],
    "de": [
        "Wir sind montags bis freitags von 9 bis 17 Uhr erreichbar.",
        "Im Notfall wählen Sie die 112.",
        "Ihre Wartezeit beträgt etwa 9 Minuten.",
        "Es sind noch 2 Anrufer vor Ihnen.",
        "Sie finden uns in der Hauptstraße 9.",
        "Geben Sie Ihre 5 Ziffern ein.",
        "Einer unserer Mitarbeiter ist gleich für Sie da.",
        "Rufen Sie uns an unter 0 800 123 456.",
        "Wir schließen um 9 Uhr.",
        "Ab 1 Euro am Tag.",
        "Sie sind der Anrufer Nummer 3.",
        "Wir haben 9 Filialen.",
        "Raum 9, zweiter Stock.",
        "Geben Sie 4 Ziffern ein.",
        "Die nächsten 2 Tage haben wir geschlossen.",
        "Acht Stunden am Tag sind wir für Sie da.",
        "Wir fahren mit der 9. Linie und mit der 9:15-Bahn.",
        "Zur Bewertung geben Sie 1 bis 5 ein.",
        "Wir geben Ihnen 9 Prozent Rabatt.",
    ],
    "pt": [
        "Atendemos de segunda a sexta, das 9 às 17 horas.",
        "Em caso de emergência, ligue 190.",
        "O tempo de espera é de 9 minutos.",
        "Há 2 pessoas na sua frente.",
        "Estamos na rua Augusta, número 9.",
        "Digite os 4 dígitos do seu código.",
        "Um de nossos atendentes falará com você.",
        "Ligue para 0800 123 456.",
        "Fechamos às 9.",
        "A partir de 1 real por dia.",
        "Você é o número 3 da fila.",
        "Temos 9 lojas.",
        "Sala 9, segundo andar.",
        "Nos próximos 2 dias estaremos fechados.",
        "Disque 9 1 1 em caso de emergência.",
        "Digite 4 dígitos.",
    ],
    "it": [
        "Siamo aperti dal lunedì al venerdì dalle 9 alle 17.",
        "In caso di emergenza chiami il 112.",
        "Il tempo di attesa è di 9 minuti.",
        "Ci sono 2 persone prima di Lei.",
        "Ci trova in via Roma 9.",
        "Digiti le 5 cifre del Suo codice.",
        "Un nostro operatore Le risponderà.",
        "Chiami il numero 800 123 456.",
        "Chiudiamo alle 9.",
        "Da 1 euro al giorno.",
        "Lei è il numero 3 della coda.",
        "Abbiamo 9 filiali.",
        "Stanza 9, secondo piano.",
        "Nei prossimi 2 giorni siamo chiusi.",
        "Digiti 4 cifre.",
        "Inserisca da 1 a 5.",
        "Se ha bisogno di aiuto, resti in linea.",
    ],
}


def rows(table: dict[str, list[tuple[str, str]]]) -> list[tuple[str, str]]:
    return [row for language in table.values() for row in language]


def test_every_language_that_is_read_has_fifteen_of_both() -> None:
    assert {*ASKED, "en"} == {*NOT_ASKED, "en"} == set(READ)
    assert all(len(table[language]) >= 15 for table in (ASKED, NOT_ASKED) for language in table)


@pytest.mark.parametrize(("text", "digits"), rows(ASKED))
def test_a_digit_that_callers_are_asked_for_is_found(text: str, digits: str) -> None:
    assert digits_said(text) == list(digits)


@pytest.mark.parametrize("text", [text for texts in NOT_ASKED.values() for text in texts])
def test_a_number_that_is_no_key_is_not_taken_for_one(text: str) -> None:
    assert digits_said(text) == []


@pytest.mark.parametrize("language", ASKED)
def test_a_first_prompt_that_does_not_name_the_opt_out_is_told_of_in_each_language(language: str) -> None:
    said = next(text for text, digits in ASKED[language] if digits == "9")
    for text, codes in ((said, []), (NOT_ASKED[language][0], ["opt_out_not_said"])):
        ask = {"text": {language: text}, "gather": {"9": "dnc"}}
        nodes = {"ask": ask, "dnc": {"action": "suppress"}}
        menu = parse_menu({"name": "m", "languages": [language], "nodes": nodes})
        assert [each.code for each in lint(menu, ()) if each.code.startswith("opt_out")] == codes
