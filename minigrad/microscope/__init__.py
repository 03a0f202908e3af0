"""See what backprop did to your own program: record it, then look at every op, every derivative and every sum."""

from .doctor import Doctor as Doctor
from .doctor import Finding as Finding
from .doctor import doctor as doctor
from .forgetting import BothWays as BothWays
from .forgetting import both_ways as both_ways
from .health import Health as Health
from .health import health as health
from .tape import Tape as Tape
from .tape import record as record
