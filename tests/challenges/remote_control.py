"""Opens one page with a browser under remote control, as the traffic laboratory drives it, and stays there.

Run by the laboratory's interpreter. Whoever starts it ends its group, and the browser with it.
"""

import sys
import time

from analysis.lab.clients.goals import Ask
from analysis.lab.clients.order import FULL, Order
from analysis.lab.clients.scrape_browser import BROWSERS

if __name__ == "__main__":
    family, port, path, headed, disguised = sys.argv[1:6]
    order = Order(int(port), family, "", 0, 1, FULL, 0.0, disguised == "yes", {"headed": headed == "headed"})
    BROWSERS[family](order)(Ask(path))
    time.sleep(60)
