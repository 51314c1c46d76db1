"""Prompts as businesses write them for their lines, each with the words that a caller should hear: sixty in English,
and some in each language for which no package has a recogniser."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SpokenPrompt:
    """`heard` are the words of a good reading, lower case, without punctuation."""

    text: str
    heard: str


def _prompt(text: str, heard: str | None = None) -> SpokenPrompt:
    return SpokenPrompt(text, heard if heard is not None else plain_words(text))


def plain_words(text: str) -> str:
    """Lower case, without punctuation, single blanks; apostrophes within words stay."""
    kept = "".join(each if each.isalnum() or each == "'" else " " for each in text.casefold().replace("’", "'"))
    return " ".join(word.strip("'") for word in kept.split() if word.strip("'"))


ENGLISH = (
    # Greetings
    _prompt("Thank you for calling Hill Roofing."),
    _prompt("Welcome to the Riverside Dental Clinic."),
    _prompt("Hello, and thanks for calling the water company."),
    _prompt("Good morning, you have reached the front desk."),
    _prompt("You have called the night line of the animal hospital."),
    _prompt("Thank you for holding. Your call is important to us."),
    _prompt("This call may be recorded for training and quality."),
    _prompt("Please listen carefully, because our menu has changed."),
    _prompt("If this is an emergency, please hang up and dial nine one one."),
    _prompt("All of our agents are busy at the moment."),
    # Choices
    _prompt("Press one for sales, or two for support."),
    _prompt("For billing, press three. To speak to somebody, press zero."),
    _prompt("To hear these choices again, press star."),
    _prompt("If you own your home, press one. If you rent it, press two."),
    _prompt("Press nine to be removed from our list."),
    _prompt("To leave a message, press four after the tone."),
    _prompt("Stay on the line to be connected with the next person who is free."),
    _prompt("For the pharmacy, press five. For the laboratory, press six."),
    _prompt("Para español, oprima el dos.", "para espanol oprima el dos"),
    _prompt("When you are finished, press the pound key."),
    # Numbers, money and times in words and in digits
    _prompt("Please enter your five digit zip code."),
    _prompt("Your appointment is on Tuesday at ten in the morning."),
    _prompt("We are open Monday to Friday from nine to five."),
    _prompt("The fee for a visit is forty nine dollars."),
    _prompt("You are number three in the line."),
    _prompt("The wait is about seven minutes."),
    _prompt(
        "You can reach us at 480-555-0199.",
        "you can reach us at four eight zero five five five zero one nine nine",
    ),
    _prompt("The balance is $49.95.", "the balance is forty nine dollars and ninety five cents"),
    _prompt("We open at 9:00.", "we open at nine o'clock"),
    _prompt("Our office is closed until January 2.", "our office is closed until january second"),
    # Qualifying
    _prompt("How old is your roof? If it is under ten years, press one."),
    _prompt("Has the storm damaged your house? Press one for yes."),
    _prompt("Are you looking for a new kitchen or a new bathroom?"),
    _prompt("Do you have insurance for your car? Press one for yes, two for no."),
    _prompt("Is the person who makes the decisions at home?"),
    _prompt("Please tell us in a few words what is wrong."),
    _prompt("How many people live in your household?"),
    _prompt("Is your heating broken, or is the water cold?"),
    _prompt("Would you like a technician to call you back today?"),
    _prompt("Please say your first name after the tone."),
    # Answers
    _prompt("That was not a valid choice. Please try again."),
    _prompt("We did not receive an answer."),
    _prompt("Sorry, I could not find an order with this number."),
    _prompt("Your number has been removed. You will not hear from us again."),
    _prompt("Your appointment is confirmed. We look forward to seeing you."),
    _prompt("Your message has been sent to the manager."),
    _prompt("The front door is open."),
    _prompt("One moment please, while I connect you."),
    _prompt("Nobody can take your call right now."),
    _prompt("We are closed today. Please call again tomorrow."),
    # Closing and longer words
    _prompt("Goodbye, and have a wonderful day."),
    _prompt("Thank you for your patience."),
    _prompt("Your prescription is ready for collection at the counter."),
    _prompt("The power in your street will be restored this evening."),
    _prompt("The school office is on the second floor of the main building."),
    _prompt("Parking is free behind the restaurant."),
    _prompt("We have sent the instructions to your telephone."),
    _prompt("Your request has been passed to the maintenance department."),
    _prompt("A volunteer will be with you as soon as possible."),
    _prompt("By staying on the line you agree to be recorded."),
)

# Of these only loudness, silence and pace are measured.
_OTHERS = {
    "es": (
        "Gracias por llamar a la clínica dental.",
        "Para ventas, oprima el uno. Para servicio, oprima el dos.",
        "Todos nuestros agentes están ocupados en este momento.",
        "Por favor, ingrese su código postal de cinco dígitos.",
        "Su cita es el martes a las diez de la mañana.",
        "El saldo es de $49.95.",
        "¿Su techo tiene más de diez años? Oprima el uno.",
        "Su número ha sido eliminado de nuestra lista. Adiós.",
    ),
    "fr": (
        "Merci d'appeler le cabinet dentaire.",
        "Pour les ventes, appuyez sur le un. Pour le service, appuyez sur le deux.",
        "Tous nos agents sont occupés pour le moment.",
        "Veuillez saisir votre code postal à cinq chiffres.",
        "Votre rendez-vous est mardi à dix heures.",
        "Le solde est de 49,95 €.",
        "Votre toit a-t-il plus de dix ans ? Appuyez sur le un.",
        "Votre numéro a été retiré de notre liste. Au revoir.",
    ),
    "it": (
        "Grazie per aver chiamato lo studio dentistico.",
        "Per le vendite, premere uno. Per l'assistenza, premere due.",
        "Tutti i nostri operatori sono occupati.",
        "Inserire il codice postale di cinque cifre.",
        "Il suo appuntamento è martedì alle dieci.",
        "La preghiamo di attendere in linea.",
        "Il suo tetto ha più di dieci anni? Premere uno.",
        "Il suo numero è stato tolto dalla nostra lista. Arrivederci.",
    ),
    "pt": (
        "Obrigado por ligar para a clínica odontológica.",
        "Para vendas, pressione um. Para atendimento, pressione dois.",
        "Todos os nossos atendentes estão ocupados no momento.",
        "Por favor, digite o seu CEP.",
        "Sua consulta é na terça-feira às dez da manhã.",
        "O saldo é de R$ 49,95.",
        "Seu telhado tem mais de dez anos? Pressione um.",
        "Seu número foi removido da nossa lista. Até logo.",
    ),
}
LANGUAGES = {
    "en": ENGLISH,
    **{language: tuple(_prompt(text) for text in texts) for language, texts in _OTHERS.items()},
}
# A greeting, a choice, a number, a question and a farewell: what is left for somebody to hear.
_TO_HEAR_ENGLISH = (0, 10, 26, 30, 43)
_TO_HEAR = (0, 1, 4, 6, 7)


def family(language: str) -> str:
    """Of espeak's name of a language (en-us), the key of LANGUAGES."""
    return language.partition("-")[0]


def to_hear(language: str) -> tuple[SpokenPrompt, ...]:
    """Five prompts in a language of LANGUAGES."""
    chosen = _TO_HEAR_ENGLISH if language == "en" else _TO_HEAR
    return tuple(LANGUAGES[language][at] for at in chosen)
