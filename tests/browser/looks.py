"""Whether a page can be used by whoever comes, as far as a program can tell."""

from pathlib import Path
from typing import Any

from playwright.async_api import Page

AXE = (Path(__file__).parents[1] / "clients/node_modules/axe-core/axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]


async def still(page: Page) -> None:
    """Whatever moves has come to rest."""
    await page.evaluate("() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {})))")


async def accessible(page: Page, where: str) -> None:
    """No violation of WCAG 2.2 A or AA, as far as a program can tell."""
    await still(page)
    if not await page.evaluate("typeof axe === 'object'"):
        await page.evaluate(AXE)
    found: list[dict[str, Any]] = await page.evaluate(
        "(rules) => axe.run(document, { runOnly: rules, resultTypes: ['violations'] }).then((done) => done.violations)",
        RULES,
    )
    told = [f"{one['id']}: {node['html'][:200]}\n  {node['failureSummary']}" for one in found for node in one["nodes"]]
    assert not told, f"{where}:\n" + "\n".join(told)


async def fits(page: Page) -> None:
    """Nothing sticks out at the side, and every button can be hit."""
    await still(page)
    wide = await page.evaluate("document.scrollingElement.scrollWidth - innerWidth")
    assert wide <= 0, f"{wide} pixels too wide"
    outside = await page.evaluate(
        """() => [...document.querySelectorAll("button, input, textarea, a")].filter((one) => {
            const { left, right, width } = one.getBoundingClientRect();
            return width && one.checkVisibility({ visibilityProperty: true }) && !one.closest(".unseen")
                && (left < -1 || right > innerWidth + 1);
        }).map((one) => one.outerHTML.slice(0, 120))"""
    )
    assert not outside
