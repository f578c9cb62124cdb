"""What an emulator shows of its other planes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .record import Journal, RecordedRequest

if TYPE_CHECKING:
    from .planes import Planes


class PlaneViews:
    """The part of Emulator that speaks of the login host, Resource Manager and IMDS."""

    _planes: Planes | None
    _plane_journals: tuple[Journal, Journal, Journal]

    @property
    def planes(self) -> Planes:
        """The other planes and their world; RuntimeError when there are none."""
        if self._planes is None:
            raise RuntimeError('no other plane is served; pass planes="all", and start')
        return self._planes

    @property
    def authority(self) -> str:
        """The login host, e.g. https://localhost:41235."""
        return self.planes.authority

    @property
    def arm_endpoint(self) -> str:
        """Resource Manager."""
        return self.planes.arm_endpoint

    @property
    def imds_endpoint(self) -> str:
        """The identity endpoints, plain http."""
        return self.planes.imds_endpoint

    @property
    def entra_requests(self) -> list[RecordedRequest]:
        """The requests that the login host has met; forms without their secrets."""
        return self._plane_journals[0].all()

    @property
    def arm_requests(self) -> list[RecordedRequest]:
        """The requests that Resource Manager has met."""
        return self._plane_journals[1].all()

    @property
    def imds_requests(self) -> list[RecordedRequest]:
        """The requests that the identity endpoints have met."""
        return self._plane_journals[2].all()
