"""The words of the sign-in page."""

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Sign in",
        "lead": "This server runs for development. Choose a name and it hands you a token; "
        "nobody is asked for a password.",
        "name": "Name",
        "user_id": "Identifier",
        "user_id_hint": "Made from the name; change it if you like. No spaces.",
        "submit": "Get a token",
        "working": "One moment…",
        "welcome": "Hello, {name}.",
        "token": "Your token",
        "token_hint": "Valid for 30 days, for this server only.",
        "first": "A first request",
        "copy": "Copy",
        "copied": "Copied",
        "another": "Sign in as somebody else",
        "failed": "The server does not answer. Is it still running?",
        "bad_name": "A name has 1 to 120 characters.",
        "bad_user_id": "An identifier has 1 to 255 characters: letters without accents, digits, signs, no spaces.",
        "contract": "The contract:",
        "script": "This page needs JavaScript. Without it: litspark token USER on the command line.",
    },
    "fr": {
        "title": "Se connecter",
        "lead": "Ce serveur tourne pour le développement. Choisissez un nom, il vous remet un jeton ; "
        "aucun mot de passe n’est demandé.",
        "name": "Nom",
        "user_id": "Identifiant",
        "user_id_hint": "Tiré du nom ; modifiable. Sans espaces.",
        "submit": "Obtenir un jeton",
        "working": "Un instant…",
        "welcome": "Bonjour, {name}.",
        "token": "Votre jeton",
        "token_hint": "Valable 30 jours, pour ce serveur seulement.",
        "first": "Une première requête",
        "copy": "Copier",
        "copied": "Copié",
        "another": "Se connecter sous un autre nom",
        "failed": "Le serveur ne répond pas. Tourne-t-il encore ?",
        "bad_name": "Un nom compte de 1 à 120 caractères.",
        "bad_user_id": "Un identifiant compte de 1 à 255 caractères : lettres sans accent, chiffres, signes, "
        "sans espaces.",
        "contract": "Le contrat :",
        "script": "Cette page a besoin de JavaScript. Sans lui : litspark token USER en ligne de commande.",
    },
}


def language(accepted: str) -> str:
    """The one of ours that an Accept-Language likes best; English where it likes neither."""
    liked = [_liking(part) for part in accepted.split(",")]
    ours = [(weight, -place, name) for place, (name, weight) in enumerate(liked) if name in WORDS and weight > 0]
    return max(ours)[2] if ours else "en"


def _liking(part: str) -> tuple[str, float]:
    tag, _, parameter = part.partition(";")
    name = tag.strip().lower().split("-")[0]
    try:
        return name, float(parameter.strip().removeprefix("q=") or 1)
    except ValueError:
        return name, 0.0
