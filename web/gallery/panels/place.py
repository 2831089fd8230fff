"""Where the picture was taken, on an outline of the world that is part of the program."""

from web.gallery.panels.panel import Shown, Values, panel

UNITS_PER_DEGREE = 10
"""Of the outline: equirectangular, x to the east and y to the south, WGS 84."""

NEAR_DEGREES = 20
NAMES = ("location", "city", "state", "country")


def read(shown: Shown) -> Values | None:
    """``x`` and ``y`` in units of the outline, ``names`` from the smallest place to the largest."""
    latitude, longitude = shown.facts["latitude"], shown.facts["longitude"]
    names = [shown.facts[name] for name in NAMES if shown.facts[name]]
    if latitude is None or longitude is None:
        return {"names": names, "has_position": False} if names else None
    return {
        "names": names,
        "has_position": True,
        "degrees": degrees_text(latitude, longitude),
        "x": round(longitude * UNITS_PER_DEGREE, 1),
        "y": round(-latitude * UNITS_PER_DEGREE, 1),
        "near": NEAR_DEGREES * UNITS_PER_DEGREE,
    }


def degrees_text(latitude: float, longitude: float) -> str:
    """Such as "31.1457° N, 3.9684° W"."""
    north, east = "N" if latitude >= 0 else "S", "E" if longitude >= 0 else "W"
    return f"{abs(latitude):.4f}° {north}, {abs(longitude):.4f}° {east}"


PANEL = panel(__file__, "Place", read)
