"""Things that a picture can show, by the names of concepts: which concepts are nouns, and how each is named alone.

A concept is the base form of a word (``dog``, ``ride``). Only nouns that can be pointed at are here: they are what a
sentence must not invent, and what is left to say where no sentence is sure.
"""

from __future__ import annotations


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


PEOPLE = _set(
    "man woman person girl boy child kid lady guy baby toddler adult female male teenager couple crowd group people"
    " player skier surfer snowboarder skateboarder rider worker passenger biker cyclist bicyclist motorcyclist"
    " swimmer climber hiker dancer musician singer performer cowboy clown policeman police officer soldier gentleman"
    " bride student spectator audience onlooker pedestrian vendor photographer artist referee umpire batter pitcher"
    " catcher goalie coach athlete runner jogger racer jockey wrestler diver driver pilot skater cheerleader"
    " businessman conductor family friend mother father daughter teammate opponent competitor participant team"
    " band redhead brunette blond blonde human guard pirate santa kayaker rollerblader checker"
)
"""People by any name: together they are evidence of a person."""

_ANIMALS = _set(
    "dog cat horse bird sheep cow elephant bear zebra giraffe puppy kitten fish bull duck goose swan chicken pig goat"
    " deer monkey rabbit bunny mouse hamster squirrel kangaroo camel lion tiger leopard fox wolf whale penguin turtle"
    " snake frog bug butterfly panda koala crab lobster pigeon seagull greyhound retriever collie shepherd lab terrier"
    " poodle doberman pitbull pet animal fowl insect pony"
)
LIVING = PEOPLE | _ANIMALS
"""Concepts of those who do things, alone and with one another."""
_VEHICLES = _set(
    "car bus truck train bicycle motorcycle airplane boat ship jet van taxi subway trailer tractor scooter canoe kayak"
    " raft sled stroller wagon cart jeep suv helicopter vehicle carriage skateboard surfboard snowboard tricycle"
    " unicycle wheelchair atv snowmobile crane tank plow"
)
_PLACES = _set(
    "street road field park beach room kitchen bathroom bedroom building house city lake river ocean sea pool mountain"
    " hill forest bridge court stadium restaurant store shop office school church station airport zoo museum barn"
    " playground garden yard backyard sidewalk track ramp slope cliff rock wall fence stage gym farm town market"
    " parking path trail dock pier tunnel alley highway driveway crosswalk intersection rink arena tent porch patio"
    " garage hallway classroom cafe bar balcony desert jungle waterfall creek stream pond fountain courtyard plaza"
    " boardwalk railroad racetrack skatepark valley canyon island harbor shore countryside pasture meadow lawn runway"
    " platform castle tower statue staircase doorway"
)
_OBJECTS = _set(
    "ball table chair couch bed desk bench window door clock television computer laptop phone camera keyboard mirror"
    " sink toilet bathtub shower oven stove refrigerator microwave cabinet counter shelf lamp vase bottle glass cup"
    " bowl plate knife fork spoon pan pot tray basket box bag backpack suitcase purse umbrella hat helmet shirt t-shirt"
    " jacket coat sweater suit dress skirt tie scarf glove shoe boot swimsuit wetsuit mask costume uniform guitar piano"
    " violin flute drum microphone frisbee kite racket racquet bat hoop net ski paddle swing slide trampoline balloon"
    " toy doll teddy book newspaper magazine sign flag banner poster painting candle flower tree bush plant leaf log"
    " branch stick rope hose chain leash wheel tire engine pizza sandwich cake donut doughnut apple banana orange"
    " carrot potato tomato egg burger salad pepper onion cookie pie hydrant pole fountain gun sword cigarette pen"
    " pencil scissor brush hammer shovel ladder bucket barrel cone towel blanket pillow curtain rug carpet cushion"
    " mattress instrument machine tool screen monitor speaker remote card paper letter map bubble wave bone snowball"
    " stump puddle trophy medal watch necklace ring bracelet"
)
_MASS = _set(
    "water snow sand grass dirt mud food fruit meat bread rice pasta cheese soup chocolate coffee wine beer milk tea"
    " fire smoke ice traffic luggage furniture broccoli equipment dough corn foam gravel foliage graffiti wood metal"
)
_PLURAL = {
    "scissor": "scissors",
    "sunglass": "sunglasses",
    "pant": "pants",
    "jean": "jeans",
    "ski": "skis",
    "sunglasses": "sunglasses",
    "goggles": "goggles",
    "pants": "pants",
    "shorts": "shorts",
}

NOUNS = PEOPLE | _ANIMALS | _VEHICLES | _PLACES | _OBJECTS | _MASS | frozenset(_PLURAL)
"""Concepts that name something to be seen."""

_NAMED = (NOUNS - PEOPLE) - _set("log stump swing slide track bar court watch ring orange tie lab checker")
"""Things that are named alone: people are all "a person", and some words would be misread without a sentence."""


def named_alone(concept: str) -> str | None:
    """Return a concept as one says it without a sentence, None for what is not a thing.

    >>> named_alone("umbrella"), named_alone("water"), named_alone("ski"), named_alone("woman"), named_alone("ride")
    ('an umbrella', 'water', 'skis', 'a person', None)
    """
    if concept in PEOPLE:
        return "a person"
    if concept not in _NAMED:
        return None
    if concept in _MASS or concept in _PLURAL:
        return _PLURAL.get(concept, concept)
    return f"{'an' if concept[0] in 'aeio' or concept == 'umbrella' else 'a'} {concept}"


def kind_of(concept: str) -> str | None:
    """Return what a concept is one of, where only one of them is usually seen.

    >>> kind_of("cat"), kind_of("bus"), kind_of("table")
    ('animal', 'vehicle', None)
    """
    if concept in _ANIMALS:
        return "animal"
    return "vehicle" if concept in _VEHICLES else None
