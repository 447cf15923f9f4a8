import pytest

from challenges.marks import Mark
from challenges.rung import Rung
from challenges.verdict import Failed, Fault, Solved
from challenges.verify import verify_address
from tests.support.challenges import NOW, a_keyring, a_ticket, an_issue, comes, marks, page_of, some_terms

TICKET = a_ticket(Rung.RESOURCE)


def test_the_page_shows_both_and_leads_on_by_itself():
    issued = an_issue(Rung.RESOURCE)
    page, sealed = page_of(issued), TICKET.seal(a_keyring())
    shown = {*page.xpath("//link/@href"), *page.xpath("//img/@src")}

    assert {f"/.stile/seen.css?ticket={sealed}", f"/.stile/seen.gif?ticket={sealed}"} <= shown
    assert dict(issued.reply.headers)[b"Refresh"].endswith(f"/.stile/pass?ticket={sealed}".encode())


VERDICTS = {
    "both": (marks(*Mark), Solved(TICKET, 1000, moved=False)),
    "both, without the first cookie": (marks(Mark.STYLE, Mark.IMAGE), Solved(TICKET, 1000, moved=False)),
    "the stylesheet alone": (marks(Mark.VISIT, Mark.STYLE), Failed(Fault.NOT_FETCHED, TICKET)),
    "the image alone": (marks(Mark.VISIT, Mark.IMAGE), Failed(Fault.NOT_FETCHED, TICKET)),
    "neither": (marks(Mark.VISIT), Failed(Fault.NOT_FETCHED, TICKET)),
    "no cookie at all": (b"", Failed(Fault.NO_COOKIES, TICKET)),
}


@pytest.mark.parametrize(("cookies", "verdict"), VERDICTS.values(), ids=VERDICTS)
def test_who_fetched_both_passes(cookies, verdict):
    assert verify_address(comes(TICKET, cookies), some_terms(), NOW + 1) == verdict
