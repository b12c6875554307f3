"""Everyday nouns for the 1000 ImageNet classes: what people say where the set says "Tinca tinca"."""

from __future__ import annotations

from collections.abc import Callable, Iterator

_ANIMALS = {
    "fish": [(0, 6), (389, 397)],
    "chicken": [(7, 8)],
    "bird": [(9, 24), (80, 96), (127, 144), (146, 146)],
    "frog": [(30, 32)],
    "turtle": [(33, 37)],
    "lizard": [(38, 48)],
    "alligator": [(49, 50)],
    "snake": [(52, 68)],
    "spider": [(70, 77)],
    "duck": [(97, 98)],
    "goose": [(99, 99)],
    "swan": [(100, 100)],
    "elephant": [(101, 101), (385, 386)],
    "kangaroo": [(104, 104)],
    "koala": [(105, 105)],
    "crab": [(118, 121), (125, 125)],
    "lobster": [(122, 124)],
    "penguin": [(145, 145)],
    "whale": [(147, 148)],
    "seal": [(149, 150)],
    "dog": [(151, 268), (273, 275)],
    "wolf": [(269, 272)],
    "fox": [(277, 280)],
    "cat": [(281, 285)],
    "leopard": [(286, 290), (293, 293)],
    "lion": [(291, 291)],
    "tiger": [(292, 292)],
    "bear": [(294, 297)],
    "bug": [(300, 320)],
    "butterfly": [(321, 326)],
    "rabbit": [(330, 332)],
    "hamster": [(333, 333), (338, 338)],
    "squirrel": [(335, 336)],
    "horse": [(339, 339), (603, 603)],
    "zebra": [(340, 340)],
    "pig": [(341, 343)],
    "cow": [(345, 347)],
    "sheep": [(348, 349)],
    "goat": [(350, 350)],
    "deer": [(351, 353)],
    "monkey": [(365, 382)],
    "panda": [(387, 388)],
}
_THINGS = {
    "guitar": [402, 420, 546],
    "airplane": [404, 895, 908],
    "clock": [409, 530, 892],
    "chair": [423, 559, 765, 857],
    "store": [424, 454, 582, 788, 865, 860],
    "car": [436, 468, 511, 573, 609, 627, 656, 661, 734, 751, 817],
    "bicycle": [444, 671, 870, 880],
    "hat": [452, 515, 808, 793],
    "boat": [449, 472, 484, 554, 576, 625, 780, 814, 871, 914],
    "ship": [403, 510, 628, 724, 913],
    "train": [466, 547, 705, 820, 829],
    "truck": [555, 561, 569, 717, 864, 867, 407],
    "bus": [654, 779, 874],
    "motorcycle": [665, 670],
    "ball": [430, 522, 574, 722, 747, 768, 805, 852, 890],
    "phone": [487, 528, 605, 707],
    "knife": [499, 623],
    "cup": [504, 968, 647, 901],
    "computer": [527, 664, 681],
    "keyboard": [508, 878],
    "table": [532, 736],
    "helmet": [518, 560],
    "drum": [541, 822],
    "pan": [567, 909],
    "piano": [579, 881],
    "tractor": [595, 866],
    "flute": [558, 699, 683],
    "violin": [889, 486],
    "gun": [413, 763, 764],
    "dress": [578, 614, 689],
    "shirt": [610, 617],
    "jacket": [465, 834, 869],
    "swimsuit": [445, 639, 640, 842],
    "bottle": [440, 737, 898, 907],
    "bowl": [659, 809],
    "pot": [738, 849, 469],
    "tent": [672, 915],
    "couch": [831],
    "bed": [520, 564, 750],
    "television": [782, 851],
    "sunglasses": [836, 837],
    "shoe": [514, 770, 774, 630, 502],
    "bench": [703],
    "wave": [978],
    "beach": [977],
    "mountain": [970, 979, 980],
    "cliff": [972, 976],
    "lake": [975],
    "flower": [985, 986],
    "corn": [987, 998],
    "bread": [930, 931, 932],
    "pasta": [959],
    "soup": [925, 926],
    "cream": [928, 929],
    "apple": [948],
    "pepper": [945],
    "vegetable": [936, 937, 938, 939, 943],
    "dough": [961],
    "meat": [962, 467],
    "coffee": [550, 967],
    "cart": [575, 690, 791],
    "diver": [983],
    "player": [981],
    "bridge": [821, 839, 888],
    "mask": [570, 643],
    "racket": [752],
    "ski": [795],
    "sled": [450, 537],
    "stove": [827],
    "sink": [896],
    "toilet": [861],
    "building": [497, 538, 663, 668, 698],
    "instrument": [432, 513, 566, 594, 642, 683, 776, 875],
    "stage": [819],
    "window": [904, 905],
}


def everyday_nouns() -> dict[int, str]:
    """Return the nouns that replace a class's own name, by class."""
    nouns = {i: noun for noun, spans in _ANIMALS.items() for first, last in spans for i in range(first, last + 1)}
    return nouns | {i: noun for noun, indices in _THINGS.items() for i in indices}


def class_names() -> tuple[str, ...]:
    """Return the first lemma of each class, lower case (needs timm, which carries the list)."""
    from timm.data.imagenet_info import ImageNetInfo

    info = ImageNetInfo()
    descriptions = [str(info.index_to_description(i)) for i in range(1000)]
    return tuple(text.split(",")[0].strip().lower() for text in descriptions)


def concept_of_class(names: tuple[str, ...], concept_of: Callable[[str], int | None]) -> Iterator[int]:
    """Yield for each class the concept that its everyday noun, or else a word of its name, stands for; -1 for none."""
    nouns = everyday_nouns()
    for index, name in enumerate(names):
        words = [nouns[index]] if index in nouns else [name, name.replace("-", " ").split()[-1]]
        found = (concept_of(word) for word in words)
        yield next((concept for concept in found if concept is not None), -1)
