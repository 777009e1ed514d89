"""What people look at: the graph as a picture, and the chain rule one step at a time."""

from micrograd_lab.lens.adapt import adapt as adapt
from micrograd_lab.lens.conformance import conformance as conformance
from micrograd_lab.lens.ledger import explain as explain
from micrograd_lab.lens.picture import draw as draw
from micrograd_lab.lens.stepper import steps as steps
