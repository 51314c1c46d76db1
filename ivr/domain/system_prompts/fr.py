"""French; callers are vous."""

from ivr.domain.system_prompts.words import SystemWords

WORDS = SystemWords(
    language="fr",
    sentences={
        "invalid": "Désolé, ce choix n'est pas valide.",
        "goodbye": "Merci de votre appel. Au revoir.",
        "apology": (
            "Nous sommes désolés, personne ne peut prendre votre appel pour le moment. "
            "Veuillez rappeler plus tard. Au revoir."
        ),
        "opted_out": "Votre numéro a été retiré de notre liste. Au revoir.",
        "number_unknown": (
            "Nous n'avons pas pu voir votre numéro, et nous n'avons donc pas pu le retirer de notre liste. "
            "Pour le faire retirer, veuillez rappeler et le composer, ou appeler sans le masquer. Au revoir."
        ),
        "key_number": (
            "Pour faire retirer votre numéro de notre liste, composez-le maintenant, puis appuyez sur dièse."
        ),
        "confirm_number": "Si c'est bien votre numéro, appuyez sur 1. Pour le composer à nouveau, appuyez sur 2.",
        "trouble": (
            "Nous sommes désolés, un problème est survenu de notre côté. Veuillez rappeler plus tard. Au revoir."
        ),
        "not_recorded": "Nous sommes désolés, ce que vous avez dit n'a pas pu être enregistré.",
        "call_recorded": "Cet appel est enregistré.",
        "sample_agent": (
            "Vous êtes en communication avec l'agent de démonstration de Digitree. "
            "Dans une installation réelle, votre agent vous parlerait maintenant. Au revoir."
        ),
    },
    press="Appuyez sur",
    or_="ou",
    or_before={},
    digits=("zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"),
    star="étoile",
    pound="dièse",
)
