"""Made-up conversations between readers and writers, for the pictures: who wrote what, how many minutes ago."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Told:
    """A conversation: (minutes ago, who, what) is brought in as read by all; `fresh` is written then and there."""

    title: str | None
    kind: str
    said: list[tuple[int, str, str]]
    fresh: list[tuple[str, str]] = field(default_factory=list)


DAY = 24 * 60

FRENCH = [
    Told(
        "Les mots du mardi",
        "group",
        [
            (DAY + 190, "Inès Haddad", "On lit quoi pour mardi ? J’hésite entre Duras et un premier roman."),
            (DAY + 188, "Karim Benali", "Un premier roman ! Duras, on y reviendra toujours."),
            (DAY + 171, "Camille Roux", "J’en ai un : trois cents pages, un phare, et personne qui meurt."),
            (DAY + 170, "Camille Roux", "https://litspark.example/lire/le-phare-de-novembre"),
            (DAY + 12, "Chloé Lefèvre", "Lu le premier chapitre dans le train. J’ai raté mon arrêt 🚂"),
            (94, "Karim Benali", "Page 112. La scène de la lettre jamais envoyée : qui d’autre l’a relue deux fois ?"),
            (92, "Camille Roux", "Trois fois. Et la troisième à voix haute."),
            (
                88,
                "Inès Haddad",
                "On sent que l’autrice a coupé. Ce silence entre les deux phrases, ça ne s’invente pas.",
            ),
            (51, "Camille Roux", "Elle raconte qu’il y avait quatre pages à cet endroit. Elle en a gardé six mots."),
        ],
        [
            ("Chloé Lefèvre", "Six mots… Je vais enfin oser raccourcir mon chapitre 3."),
            ("Karim Benali", "Envoie-le-nous avant mardi, on le lira dans l’ordre que tu veux 📖"),
        ],
    ),
    Told(
        None,
        "direct",
        [
            (DAY + 300, "Camille Roux", "Vos remarques sur la fin m’ont sauvé le roman."),
            (DAY + 240, "Bob Martin", "C’est vous qui l’avez écrite. Moi, j’ai seulement tourné la page."),
            (64, "Bob Martin", "Le bon à tirer part lundi. Une dernière coquille, page 41 ?"),
            (60, "Camille Roux", "Corrigée. Cette fois, c’est la bonne !"),
        ],
    ),
    Told(
        "Atelier d’écriture, niveau 2",
        "group",
        [(130, "Léa Fontaine", "Consigne de la semaine : une porte, deux voix, aucun adjectif.")],
    ),
    Told(
        "Librairie La Page blanche",
        "group",
        [(DAY + 420, "Mona Petit", "Votre commande est arrivée, passez quand vous voulez.")],
    ),
    Told(None, "direct", [(2 * DAY + 77, "Yanis Morel", "Merci pour la nouvelle, je l’ai lue d’une traite.")]),
    Told(
        "Prix des lecteurs 2026",
        "group",
        [(4 * DAY, "Jeanne Aubry", "Il reste trois livres en lice. Vos votes avant dimanche !")],
    ),
]

ENGLISH = [
    Told(
        "The Tuesday Readers",
        "group",
        [
            (DAY + 205, "Ines Haddad", "What are we reading for Tuesday? I can’t choose between Woolf and a debut."),
            (DAY + 201, "Karim Benali", "A debut! We always come back to Woolf anyway."),
            (DAY + 180, "Nora Ellis", "I have one: three hundred pages, a lighthouse, and nobody dies."),
            (DAY + 179, "Nora Ellis", "https://litspark.example/read/the-november-light"),
            (DAY + 20, "Chloe Marsh", "Read the first chapter on the train. Missed my stop 🚂"),
            (96, "Karim Benali", "Page 112, the letter that is never sent. Who else read it twice?"),
            (95, "Nora Ellis", "Three times. The third time out loud."),
            (
                90,
                "Ines Haddad",
                "You can tell that something was cut. That silence between two sentences can’t be made up.",
            ),
            (48, "Nora Ellis", "She says there were four pages there. She kept six words."),
        ],
        [
            ("Chloe Marsh", "Six words… I may finally dare to shorten my chapter 3."),
            ("Karim Benali", "Send it to us before Tuesday, we’ll read it in any order you like 📖"),
        ],
    ),
    Told(
        None,
        "direct",
        [
            (DAY + 310, "Nora Ellis", "Your notes on the ending saved the book."),
            (62, "Ben Whitaker", "The proofs leave on Monday. One last typo, page 41?"),
            (58, "Nora Ellis", "Mended. This time it is the one!"),
        ],
    ),
    Told("Writing workshop, level 2", "group", [(140, "Leah Ford", "This week: a door, two voices, no adjective.")]),
    Told("The Blank Page Bookshop", "group", [(DAY + 400, "Mona Reed", "Your order has come in, drop by any time.")]),
    Told(None, "direct", [(2 * DAY + 90, "Yanis Cole", "Thank you for the story, I read it in one go.")]),
    Told("Readers’ Prize 2026", "group", [(4 * DAY, "Jean Avery", "Three books are left. Vote before Sunday!")]),
]
