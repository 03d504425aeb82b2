"""Random brightness, contrast and saturation."""

from __future__ import annotations

from torch import Tensor


def jittered(picture: Tensor, strength: float) -> Tensor:
    """A uint8 picture `(3, H, W)` whose brightness, contrast and saturation are changed by up to `strength` each."""
    if not strength:
        return picture
    from torchvision.transforms import v2

    found: Tensor = v2.ColorJitter(brightness=strength, contrast=strength, saturation=strength)(picture)
    return found
