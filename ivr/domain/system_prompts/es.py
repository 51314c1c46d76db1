"""Spanish, as it is understood on both sides of the Atlantic; callers are usted."""

from ivr.domain.system_prompts.words import SystemWords

WORDS = SystemWords(
    language="es",
    sentences={
        "invalid": "Lo sentimos, esa opción no es válida.",
        "goodbye": "Gracias por llamar. Hasta luego.",
        "apology": (
            "Lo sentimos, en este momento nadie puede atender su llamada. Por favor, llame más tarde. Hasta luego."
        ),
        "opted_out": "Su número ha sido eliminado de nuestra lista. Hasta luego.",
        "number_unknown": (
            "No hemos podido ver su número y, por eso, no hemos podido eliminarlo de nuestra lista. "
            "Para que sea eliminado, vuelva a llamar y márquelo, o llame sin ocultarlo. Hasta luego."
        ),
        "key_number": "Para que su número sea eliminado de nuestra lista, márquelo ahora y después oprima numeral.",
        "confirm_number": "Si este es su número, oprima 1. Para marcarlo de nuevo, oprima 2.",
        "trouble": (
            "Lo sentimos, se ha producido un error por nuestra parte. Por favor, llame más tarde. Hasta luego."
        ),
        "not_recorded": "Lo sentimos, no se ha podido grabar lo que ha dicho.",
        "call_recorded": "Esta llamada está siendo grabada.",
        "sample_agent": (
            "Se ha comunicado con el agente de muestra de Digitree. "
            "En una instalación real, ahora le estaría hablando su agente. Hasta luego."
        ),
    },
    press="Oprima",
    or_="o",
    or_before={"8": "u"},
    digits=("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"),
    star="asterisco",
    pound="numeral",
)
