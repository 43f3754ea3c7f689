"""The sites, their looks, and the plan of every picture: what is taken where, when, in which weather, by which camera."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from .scenes import Look

SEED = 20260302
AIRFIELD_LAYOUTS = {
    "runway": 0.19,
    "apron": 0.22,
    "light_apron": 0.2,
    "hangars": 0.19,
    "fuel_farm": 0.08,
    "car_park": 0.06,
    "meadow": 0.06,
}
HARBOUR_LAYOUTS = {
    "container_quay": 0.19,
    "marina": 0.17,
    "breakwater": 0.13,
    "tank_terminal": 0.14,
    "fishing_quay": 0.17,
    "lorry_yard": 0.11,
    "open_water": 0.09,
}
ALTITUDES_M = {
    "apron": (170, 350),
    "runway": (170, 380),
    "breakwater": (180, 430),
    "open_water": (180, 430),
    "car_park": (130, 250),
    "lorry_yard": (150, 290),
    "marina": (140, 280),
    "container_quay": (170, 360),
}

OFTEN_EMPTY = ("meadow", "open_water")


@dataclass(frozen=True)
class Site:
    """A place with its own ground, leaves, water and roofs."""

    name: str
    kind: str
    look: Look
    split: str


def _look(
    lush: str,
    dry: str,
    soil: str,
    leaf: str,
    tarmac: str,
    slabs: str,
    deep: str,
    shallow: str,
    roof: str | None = None,
    slab: float = 6.0,
) -> Look:
    def rgb(code: str) -> tuple[float, float, float]:
        return int(code[0:2], 16) / 255, int(code[2:4], 16) / 255, int(code[4:6], 16) / 255

    return Look(
        *(rgb(x) for x in (lush, dry, soil, leaf, tarmac, slabs, deep, shallow)), roof=rgb(roof) if roof else None, slab=slab
    )


SITES = (
    Site("Aldermoor", "airfield", _look("4f6336", "7e7a4c", "80705a", "2c4222", "5a5a5d", "a19f96", "1a3a46", "2a5054"), "val"),
    Site(
        "Brekka",
        "airfield",
        _look("5a6440", "8a8258", "766b5c", "34482c", "515357", "969590", "1c3440", "2c4c54", "8e9498", 7.5),
        "val",
    ),
    Site(
        "Castellan",
        "airfield",
        _look("77713f", "a08d58", "a58a63", "3c4a26", "66635f", "b0a891", "1a4652", "2c6268", None, 5.0),
        "test",
    ),
    Site(
        "Dunwick",
        "airfield",
        _look("46602f", "74764a", "6e6350", "28401f", "55575b", "9a9990", "22404a", "34545a", "6f5348"),
        "val",
    ),
    Site("Eskerfield", "airfield", _look("56683a", "86804e", "7a6a54", "30461f", "605f60", "a5a299", "1e3c48", "305458"), "test"),
    Site(
        "Fjordhavn",
        "harbour",
        _look("4a5e38", "7a7850", "6c665c", "2a4026", "54565a", "93938e", "142e3c", "204450", "7c4238"),
        "val",
    ),
    Site("Grainport", "harbour", _look("5c6a3e", "8c8454", "84745c", "34481f", "5c5b5a", "a39e90", "2a4440", "3c5a50"), "val"),
    Site(
        "Halmsund",
        "harbour",
        _look("50643c", "827e54", "787062", "2e4424", "58595c", "9c9b95", "183644", "284e58", "9a9c9c", 8.0),
        "test",
    ),
    Site(
        "Ilhaverde",
        "harbour",
        _look("4c6c34", "84824a", "9a7e5a", "2a4a20", "625f5b", "aea692", "145058", "267072", "a06850", 5.0),
        "val",
    ),
    Site("Juniper Bay", "harbour", _look("586638", "88804c", "8a785e", "32481e", "5a5a5c", "a09d94", "1e4050", "305c66"), "test"),
)
TRAINING_SITES = (
    Site("Kestrel", "airfield", _look("54663a", "827c4e", "7c6c56", "2e4422", "58585a", "9e9b92", "1c3c48", "2c5258"), "train"),
    Site(
        "Larkhill",
        "airfield",
        _look("62693e", "908654", "8c7a5e", "36481f", "5e5d5d", "aaa595", "1c4450", "2c5e64", "8a8e92"),
        "train",
    ),
    Site(
        "Mossby",
        "airfield",
        _look("4a6032", "78784c", "70645a", "2a4222", "525458", "989791", "20404a", "325458", "6b4a3e", 7.0),
        "train",
    ),
    Site(
        "Nordvik",
        "harbour",
        _look("4e6038", "7e7a52", "726a5c", "2c4224", "56585b", "979690", "163240", "244a56", "784438"),
        "train",
    ),
    Site("Ostermole", "harbour", _look("586a3c", "868052", "80725a", "32481f", "5b5b5b", "a29e92", "264440", "385a54"), "train"),
    Site(
        "Porto Claro",
        "harbour",
        _look("506838", "86824c", "92795a", "2c4820", "605e5b", "aca491", "184e58", "2a6c70", "9c6650", 5.0),
        "train",
    ),
)


@dataclass(frozen=True)
class Shot:
    """One picture to take."""

    number: int
    site: Site
    layout: str
    time_of_day: str
    weather: str
    camera: str
    altitude_m: float
    captured: datetime
    crowding: float
    motion: float

    @property
    def file_name(self) -> str:
        """Name of the picture, e.g. ``aldermoor_003.jpg``."""
        return f"{self.site.name.lower().replace(' ', '-')}_{self.number:03d}.jpg"

    @property
    def seed(self) -> list[int]:
        """Seed of everything random in this picture."""
        return [SEED, self.number, *self.site.name.encode()]


def plan(sites: tuple[Site, ...], per_site: int, *, seed: int = SEED, dark: float = 0.36) -> list[Shot]:
    """Plan ``per_site`` pictures of every site; ``dark`` is the share taken at dusk or night. Same seed, same plan."""
    shots: list[Shot] = []
    for index, site in enumerate(sites):
        rng = np.random.default_rng([seed, index, per_site])
        layouts = AIRFIELD_LAYOUTS if site.kind == "airfield" else HARBOUR_LAYOUTS
        names, share = list(layouts), np.array(list(layouts.values()))
        counts = np.floor(share * per_site + rng.random()).astype(int)
        queue = [n for n, k in zip(names, counts, strict=True) for _ in range(k)]
        queue += [str(n) for n in rng.choice(names, max(0, per_site - len(queue)), p=share)]
        queue = [queue[i] for i in rng.permutation(len(queue))[:per_site]]
        for layout in queue:
            time_of_day = str(rng.choice(["day", "dusk", "night"], p=(1 - dark, 0.45 * dark, 0.55 * dark)))
            weather = str(rng.choice(["clear", "cloudy", "haze", "fog"], p=(0.58, 0.19, 0.12, 0.11)))
            hour = {"day": rng.uniform(9, 16), "dusk": rng.uniform(19, 20.6), "night": rng.uniform(22, 27)}[time_of_day]
            captured = datetime(2025, 4, 2) + timedelta(days=int(rng.integers(0, 190)), minutes=int(hour * 60))
            crowding = float(rng.choice([0.0, 0.55, 1.0, 1.35], p=(0.04, 0.24, 0.47, 0.25)))
            shots.append(
                Shot(
                    len(shots) + 1 if seed == SEED else 1000 * (seed % 97) + len(shots) + 1,
                    site,
                    layout,
                    time_of_day,
                    weather,
                    str(rng.choice(["A", "B"], p=(0.62, 0.38))),
                    float(np.round(rng.uniform(*ALTITUDES_M.get(layout, (150, 330))))),
                    captured,
                    0.0 if layout in OFTEN_EMPTY and len(shots) % 3 else crowding,
                    float(rng.choice([0.0, 2.0, 3.5], p=(0.86, 0.09, 0.05))),
                )
            )
    return shots
