"""The op table: every operation the lab can differentiate, one declaration each."""

import warnings

# inf and nan are answers here, as in PyTorch; NumPy need not warn of them inside the ops.
warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"micrograd_lab\.ops\.")
