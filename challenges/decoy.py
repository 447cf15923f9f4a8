"""What a decoyed client gets in place of the storefront: a page of the maze, at the address it asked for."""

from challenges.languages import texts
from challenges.maze import Maze
from challenges.page import page_headers
from challenges.plain_page import is_part_of_page, plain_page
from challenges.refusal import problem
from challenges.reply import Reply
from challenges.sheet import reader_language
from challenges.templates import Markup
from detectors.request import Request

DECOY = "decoy"


def decoy_reply(maze: Maze, site: str, request: Request, decision_id: str) -> Reply:
    """A page of the maze; problem details for what a page loads, which is no place for a page."""
    if is_part_of_page(request):
        detail = texts(reader_language(request))["blocked_detail"]
        return problem(403, detail, decision_id, mitigated=DECOY)
    page = maze.page(site, request.path, request.arrived)
    body = plain_page(request, page.title, Markup(page.body), decision_id)
    return Reply(200, page_headers(decision_id, DECOY), body)
