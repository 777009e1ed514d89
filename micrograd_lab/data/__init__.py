"""Something to learn from: toys, handwritten digits, MNIST's files, and text."""

from micrograd_lab.data.corpus import corpus as corpus
from micrograd_lab.data.digits import digits as digits
from micrograd_lab.data.idx import mnist as mnist
from micrograd_lab.data.idx import read_idx as read_idx
from micrograd_lab.data.text import ByteTokenizer as ByteTokenizer
from micrograd_lab.data.text import CharTokenizer as CharTokenizer
from micrograd_lab.data.text import TextBlocks as TextBlocks
from micrograd_lab.data.text import read_text as read_text
from micrograd_lab.data.text import split as split
from micrograd_lab.data.toys import circles as circles
from micrograd_lab.data.toys import line as line
from micrograd_lab.data.toys import linear as linear
from micrograd_lab.data.toys import moons as moons
from micrograd_lab.data.toys import spirals as spirals
