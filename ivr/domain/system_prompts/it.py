"""Italian; callers are Lei."""

from ivr.domain.system_prompts.words import SystemWords

WORDS = SystemWords(
    language="it",
    sentences={
        "invalid": "Siamo spiacenti, la scelta non è valida.",
        "goodbye": "Grazie per aver chiamato. Arrivederci.",
        "apology": (
            "Siamo spiacenti, al momento nessuno può rispondere alla Sua chiamata. "
            "La preghiamo di richiamare più tardi. Arrivederci."
        ),
        "opted_out": "Il Suo numero è stato rimosso dal nostro elenco. Arrivederci.",
        "number_unknown": (
            "Non abbiamo potuto vedere il Suo numero e quindi non abbiamo potuto rimuoverlo dal nostro elenco. "
            "Per farlo rimuovere, richiami e lo digiti, oppure chiami senza nasconderlo. Arrivederci."
        ),
        "key_number": "Per far rimuovere il Suo numero dal nostro elenco, lo digiti ora e poi prema cancelletto.",
        "confirm_number": "Se questo è il Suo numero, prema 1. Per digitarlo di nuovo, prema 2.",
        "trouble": (
            "Siamo spiacenti, si è verificato un errore da parte nostra. "
            "La preghiamo di richiamare più tardi. Arrivederci."
        ),
        "not_recorded": "Siamo spiacenti, non è stato possibile registrare ciò che ha detto.",
        "call_recorded": "Questa chiamata viene registrata.",
        "sample_agent": (
            "Risponde l'agente di esempio di Digitree. "
            "In un'installazione reale, ora Le parlerebbe il Suo agente. Arrivederci."
        ),
    },
    press="Prema",
    or_="o",
    or_before={},
    digits=("zero", "uno", "due", "tre", "quattro", "cinque", "sei", "sette", "otto", "nove"),
    star="asterisco",
    pound="cancelletto",
)
