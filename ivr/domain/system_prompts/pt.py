"""Portuguese of Brazil; callers are você."""

from ivr.domain.system_prompts.words import SystemWords

WORDS = SystemWords(
    language="pt-BR",
    sentences={
        "invalid": "Desculpe, essa opção não é válida.",
        "goodbye": "Agradecemos a sua ligação. Até logo.",
        "apology": (
            "Lamentamos, no momento ninguém pode atender a sua ligação. Por favor, ligue mais tarde. Até logo."
        ),
        "opted_out": "O seu número foi removido da nossa lista. Até logo.",
        "number_unknown": (
            "Não conseguimos ver o seu número e, por isso, não pudemos removê-lo da nossa lista. "
            "Para que ele seja removido, ligue novamente e digite-o, ou ligue sem ocultá-lo. Até logo."
        ),
        "key_number": (
            "Para que o seu número seja removido da nossa lista, digite-o agora e, em seguida, tecle jogo da velha."
        ),
        "confirm_number": "Se este é o seu número, tecle 1. Para digitá-lo novamente, tecle 2.",
        "trouble": "Lamentamos, ocorreu um erro do nosso lado. Por favor, ligue mais tarde. Até logo.",
        "not_recorded": "Lamentamos, não foi possível gravar o que você disse.",
        "call_recorded": "Esta ligação está sendo gravada.",
        "sample_agent": (
            "Você ligou para o atendente de exemplo do Digitree. "
            "Em uma instalação real, o seu atendente estaria falando com você agora. Até logo."
        ),
    },
    press="Tecle",
    or_="ou",
    or_before={},
    digits=("zero", "um", "dois", "três", "quatro", "cinco", "seis", "sete", "oito", "nove"),
    star="asterisco",
    pound="jogo da velha",
)
