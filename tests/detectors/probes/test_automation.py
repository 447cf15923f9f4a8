"""Tools leave their names in the pages that they drive."""

import pytest

from detectors.evidence import Evidence
from detectors.probes.automation import Automation
from tests.support.requests import a_request
from tests.support.testimonies import told

MUST = {
    "selenium with chrome": (told(g="cdc_adoQpoasnfa76pfcZLmc,cdc_adoQ"), "global variables of ChromeDriver"),
    "an older driver": (told(g="$cdc_asdjflasutopfhvcZLmcfl_"), "global variables of ChromeDriver"),
    "async scripts": (told(g="$chrome_asyncScriptInfo"), "global variables of ChromeDriver"),
    "playwright": (told(g="__playwright__binding__"), "global variables of Playwright"),
    "its short name": (told(g="__pwInitScripts"), "global variables of Playwright"),
    "puppeteer": (told(g="__puppeteer_evaluation_sc"[:24]), "global variables of Puppeteer"),
    "selenium": (told(g="__selenium_unwrapped"), "global variables of Selenium"),
    "a marked page": (told(g="html:webdriver"), "global variables of Selenium"),
    "phantom": (told(g="callPhantom,_phantom"), "global variables of PhantomJS"),
    "nightmare": (told(g="__nightmare"), "global variables of Nightmare"),
    "cypress": (told(g="Cypress"), "global variables of Cypress"),
    "a controller": (told(g="domAutomationController"), "global variables of an automation controller"),
    "among others": (told(g="__pretty,__selenium_evaluate"), "global variables of Selenium"),
}
MUST_NOT = {
    "plain chrome": told(),
    "a name that only begins alike": told(g="__pwned,cdctime,CypressTree"),
    "a tool inside a word": told(g="my__selenium_"),
    "nothing but commas": told(g=",,"),
}


@pytest.mark.parametrize(("testimony", "reason"), MUST.values(), ids=MUST)
def test_names_the_tool(testimony, reason):
    evidence = Automation(1.5).inspect(testimony, a_request())

    assert evidence == Evidence("probe_automation", 1.5, reason)


@pytest.mark.parametrize("testimony", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_the_names_of_others(testimony):
    assert Automation(1.5).inspect(testimony, a_request()) is None
