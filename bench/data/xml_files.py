"""XML files from outside: elements and texts, nothing that a document could ask for besides."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from supertickets.data.errors import DataError
from supertickets.data.files import REMEDY, content, reason

LARGEST = 2**20
"""Bytes; an annotation of a picture has a few thousand."""

MOST_DEEP = 16


class _Refused(ValueError):
    pass


def read_xml(path: Path) -> Element:
    """The root of an XML file.

    Without a document type there are no entities to be multiplied, and nothing outside is ever asked for.

    Raises:
        DataError: as for `content`; it is no XML, is nested too deeply, or declares a document type.
    """
    builder = TreeBuilder()
    deep = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal deep
        deep += 1
        if deep > MOST_DEEP:
            raise _Refused(f"more than {MOST_DEEP} elements lie within each other")
        builder.start(tag, attributes)

    def end(tag: str) -> None:
        nonlocal deep
        deep -= 1
        builder.end(tag)

    def refuse(*_: object) -> None:
        raise _Refused("it declares a document type, which may hold entities")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(content(path, LARGEST), True)
        return builder.close()
    # an encoding that Python lacks is a LookupError, one of several bytes a ValueError
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise DataError(f"{path} is not XML that is read here ({reason(error)}): {REMEDY}") from error
