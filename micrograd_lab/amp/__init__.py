"""Half precision: numbers of 16 bits where that is safe, and losses scaled so that none vanish."""

from functools import partial
from types import SimpleNamespace

from micrograd_lab import devices
from micrograd_lab.amp.autocast import autocast as autocast
from micrograd_lab.amp.autocast import get_autocast_dtype as get_autocast_dtype
from micrograd_lab.amp.autocast import is_autocast_available as is_autocast_available
from micrograd_lab.amp.autocast import is_autocast_enabled as is_autocast_enabled
from micrograd_lab.amp.scaler import GradScaler as GradScaler

# Programs that ask for a device that is not there: a warning, and nothing happens.
devices.cuda.amp = SimpleNamespace(
    autocast=partial(autocast, "cuda"), GradScaler=partial(GradScaler, "cuda")
)
