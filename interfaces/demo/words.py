"""What the people of the demo say: words of our own, about reading and writing."""

import re
from collections.abc import Mapping

Line = tuple[str, str]
"""Who says it, by the end of the user_id, and what."""

OPENINGS: Mapping[str, tuple[Line, ...]] = {
    "cafe": (
        ("camille", "Bonjour à tous ! J’ai ouvert ce salon pour parler de ce qu’on lit, sans programme ni note."),
        ("noe", "Parfait. Je commence : je relis un vieux roman de mer, et je suis encore perdu au deuxième port."),
        ("ines", "Moi, des nouvelles. Une par soir, avec une tisane. C’est mon seul rituel qui tient."),
        ("theo", "Je n’ai rien fini depuis l’été 🙈 Quelqu’un a un livre court et qui ne lâche pas ?"),
        ("camille", "Court et qui ne lâche pas : un polar de cent pages, alors. J’en ai un à te prêter."),
        ("theo", "Adjugé. Rends-moi juste le marque-page de l’autre fois !"),
        ("noe", "Quel marque-page ? Le ticket de tram ?"),
        ("theo", "Un ticket de tram est un marque-page comme un autre."),
        ("ines", "Moi je corne les pages. Voilà, c’est dit."),
        ("camille", "Inès, on t’aime quand même. On se retrouve ici dimanche ?"),
    ),
    "atelier": (
        ("ines", "Consigne de jeudi : une scène de trente lignes où personne ne dit ce qu’il pense."),
        ("theo", "C’est facile, c’est un repas de famille."),
        ("camille", "Ou une réunion de copropriété. J’ai déjà le titre : « Point numéro sept »."),
        ("ines", "Pensez aux silences : ce qui n’est pas dit doit se voir dans les gestes."),
        ("theo", "Mon premier jet fait deux pages et il n’y a qu’un geste : quelqu’un plie une serviette."),
        ("camille", "Si c’est la bonne serviette, ça suffit."),
        ("ines", "Envoyez vos textes avant mercredi soir, que chacun ait le temps de lire."),
    ),
    "slow": (
        ("maud", "Welcome, slow readers. Ten pages a week, no guilt, no spoilers."),
        ("oliver", "Ten? I managed four, and two of them were the map."),
        ("priya", "The map counts. I spent an evening following the river with my finger."),
        ("sam", "I read ahead. Sorry. I’ll say nothing, but bring biscuits to chapter nine."),
        ("maud", "Sam! That is exactly what saying nothing is not."),
        ("oliver", "Does anyone else hear the narrator in their grandmother’s voice?"),
        ("priya", "Mine sounds like the man who reads the shipping forecast."),
        ("maud", "Same time next week, then: up to the broken bridge."),
    ),
    "swap": (
        ("oliver", "Here’s the deal: one chapter each, honest notes, kind words first."),
        ("camille", "Mine is in French, with your permission. The lighthouse is still there, I promise."),
        ("priya", "Chapter three of mine has lost its ending. If you find it, please return it."),
        ("oliver", "Priya, your first line is the best thing I have read this month. The second one explains it."),
        ("priya", "So I cut the second one?"),
        ("camille", "Cut it. Trust the first."),
        ("oliver", "And my chapter? Be honest. Kind words first, though."),
        ("priya", "Kind words: lovely weather. Honest notes: four pages of it."),
    ),
    "pages": (
        ("noe", "Tu as fini le recueil que je t’ai prêté ?"),
        ("ines", "Presque. La dernière nouvelle, je la garde pour le train."),
        ("noe", "Bonne idée. Elle se passe dans un train, justement."),
        ("ines", "Tu viens de me la raconter un peu, non ?"),
        ("noe", "À peine. Le train, c’est la première phrase."),
    ),
    "margins": (
        ("sam", "You write in the margins of library books, don’t you?"),
        ("maud", "In pencil. And only to agree."),
        ("sam", "I found one of yours: “quite so”, page 112."),
        ("maud", "And was I right?"),
        ("sam", "Quite so."),
    ),
}
"""How each conversation began."""

TALKS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "fr": (
        (
            "Vous lisez le matin ou le soir ?",
            "Le soir, toujours. Le matin je ne sais pas encore lire.",
            "Le matin, une page avec le café.",
        ),
        (
            "Je cherche un titre pour une histoire de facteur qui n’ouvre jamais sa propre boîte aux lettres.",
            "« Poste restante » ?",
            "Vendu. Tu auras une ligne dans les remerciements.",
        ),
        (
            "Qui relit ses livres préférés ?",
            "Moi, tous les dix ans, pour voir qui a changé.",
            "Et alors ?",
            "Jamais le livre.",
        ),
        (
            "J’ai coupé mon chapitre de moitié aujourd’hui.",
            "Et il manque quelque chose ?",
            "Rien. C’est vexant.",
        ),
        (
            "La librairie du coin a rouvert 🎉",
            "Avec le chat ?",
            "Avec le chat, en vitrine, sur les nouveautés.",
        ),
        (
            "Petit défi : résumez votre lecture en cinq mots.",
            "Tout le monde part, sauf elle.",
            "Ça fait six.",
            "Sauf elle, tout s’en va ?",
            "Magnifique.",
        ),
        (
            "Vous sautez les descriptions ?",
            "Seulement les batailles.",
            "Moi seulement les dîners. Ça me donne faim.",
        ),
        (
            "Une phrase notée aujourd’hui : « la pluie tombait par habitude ».",
            "Oh, je la garde.",
        ),
    ),
    "en": (
        (
            "Paper or screen, tonight?",
            "Paper. My screen has seen enough of me today.",
            "Screen, in the dark, like a burglar.",
        ),
        (
            "What’s the best first line you wrote this week?",
            "“The parcel was addressed to nobody, and nobody came for it.”",
            "I’d read that.",
        ),
        (
            "I have six bookmarks in one book.",
            "That’s not reading, that’s surveying.",
            "It’s a big country.",
        ),
        (
            "Does anybody plan their chapters?",
            "I plan them afterwards.",
            "So do historians.",
        ),
        (
            "The villain just became my favourite character 😬",
            "It happens. Give them a garden.",
            "A garden?",
            "Nobody with tomatoes is entirely lost.",
        ),
        (
            "Word of the day: “susurrus”.",
            "Use it once and then hide it for a year.",
        ),
        (
            "Who else reads the acknowledgements first?",
            "Always. It’s where the plot is.",
            "The dog is thanked more than the editor, again.",
        ),
        (
            "Deadline tomorrow. I have a title and a biscuit.",
            "Then you have started. Save the biscuit for the end.",
        ),
    ),
}
"""What comes up between them; the lines are said by different people in turn."""

ANSWERS: Mapping[str, tuple[str, ...]] = {
    "fr": (
        "Ah, ça me plaît ! Et toi, tu lis quoi en ce moment ?",
        "Je n’y avais pas pensé comme ça. Raconte !",
        "Tout à fait. Tu as un exemple en tête ?",
        "Je le note dans mon carnet 📓",
        "Tu écris aussi, ou tu lis seulement ?",
        "Ha ! On en parlera dimanche au café.",
        "Bonne question… Je réponds après mon chapitre.",
    ),
    "en": (
        "Oh, I like that. What are you reading at the moment?",
        "I hadn’t looked at it that way. Go on!",
        "Quite so. Do you have an example in mind?",
        "That goes straight into my notebook 📓",
        "Do you write as well, or only read?",
        "Ha! Let’s take that up with the club.",
        "Good question… I’ll answer after this chapter.",
    ),
}
"""To whoever writes to them."""

WELCOMES: Mapping[str, str] = {
    "fr": "Bienvenue, {name} ! Installe-toi, on parlait justement de livres.",
    "en": "Welcome, {name}! Pull up a chair, we were just talking about books.",
}

FRENCH = re.compile(
    r"\b(bonjour|salut|bonsoir|merci|oui|non|je|tu|il|elle|nous|vous|le|la|les|un|une|des|et|est|quoi|qui|que|pour|avec|"
    r"dans|livres?|lis|sur|mais)\b|\b[cjldn][’']|[éèêàçùœ]",
    re.IGNORECASE,
)


def language(text: str, otherwise: str) -> str:
    """French or English, by the words and letters that give it away; of a single word nobody can tell."""
    if FRENCH.search(text):
        return "fr"
    return "en" if len(text.split()) > 1 else otherwise
