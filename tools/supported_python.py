"""Exit with one line if the pins do not support the Python that runs this.

Written for any Python 3, since an old one is what it is there to report.
"""

import sys

if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    sys.exit(
        "Python %d.%d is not supported: install 3.11, 3.12 or 3.13 and name it, "
        "as in: make book PYTHON=python3.12" % sys.version_info[:2]
    )
