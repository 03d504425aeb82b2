"""Profiles: the same experiments at several scales; adding one is adding a file.

A profile is a module here that binds `PROFILE` and, as a literal, the `BANNER` that goes into it: whoever shows numbers
reads the banner from the source, which needs no torch.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from supertickets.discovery import Definitions
from supertickets.wording import unknown

if TYPE_CHECKING:
    from bench.settings import DetectorSetting, Setting


class ProfileError(ValueError):
    """A profile that does not exist or cannot do what is asked of it; the message names the remedy."""


@dataclass(frozen=True)
class Profile:
    """One scale of every experiment.

    Attributes:
        name: on the command line and in every CSV line.
        banner: what the numbers of this profile are, and are not; no rendered number goes without it.
        settings: by the role of the paper's data set, such as "Cityscapes".
        seeds: how many seeds a table has by default.
        detectors: settings of the object-recognition paper, by the role of its data set.
        of_tables: by the name of a table and by role, settings that the table has in place of those above.
        unavailable: empty, or why this profile cannot be run by this version.
    """

    name: str
    banner: str
    settings: dict[str, Setting]
    seeds: int = 3
    unavailable: str = ""
    detectors: dict[str, DetectorSetting] = field(default_factory=dict)
    of_tables: dict[str, dict[str, DetectorSetting]] = field(default_factory=dict)

    def setting(self, role: str, table: str = "") -> Setting:
        """The setting that plays `role`, in a table that may have one of its own for it.

        Raises:
            ProfileError: when the profile has no data set for the role.
        """
        known = {**self.settings, **self.detectors, **self.of_tables.get(table, {})}
        if role not in known:
            raise ProfileError(f"profile {self.name} has nothing in the role of {role}; it has {', '.join(known)}")
        return known[role]


def profile_names() -> list[str]:
    """Names of all profiles."""
    return list(Definitions("PROFILE", __name__))


def profile(name: str) -> Profile:
    """The profile called `name`.

    Raises:
        ProfileError: for an unknown name, or a profile whose settings contradict themselves or whose file does not say
            what its numbers are.
    """
    known = Definitions("PROFILE", __name__)
    if name not in known:
        raise ProfileError(f"no profile is called {unknown(name, known)}")
    try:
        found: Profile = known[name]
        banner = Definitions("BANNER", __name__).literals().get(name)
    except ValueError as error:
        raise ProfileError(f"profile {name} cannot be used: {error}") from error
    if not (isinstance(banner, str) and banner.strip() and found.banner == banner and found.name == name):
        raise ProfileError(
            f"profile {name} cannot be used: bind BANNER in its file to one sentence that says what its numbers are, "
            f"and PROFILE to Profile(name={name!r}, banner=BANNER, ...)"
        )
    return found
