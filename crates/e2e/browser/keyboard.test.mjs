// From the first visit to an open bolt with the keyboard alone: everything is reached by Tab, the focus is
// always to be seen, and the drawn keypad takes digits (WCAG 2.2: 2.1.1, 2.4.7).

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { HOUSE, launch, OWNER, PASSWORD, SETUP_CODE, until, watch } from "./lib/browser.mjs";
import { Visitor, zeroCode } from "./lib/steps.mjs";

const TABS_MAX = 80;
let browser, page, mara, faults;

before(async () => {
  browser = await launch();
  page = await (await browser.context({ size: "desktop" })).newPage();
  mara = new Visitor(page, true);
  faults = watch(page);
});
after(() => browser?.close());

/** Tabs on until the focus stands on something with these words; says how it is marked if it is not. */
async function tabTo(words) {
  const passed = [];
  for (let n = 0; n < TABS_MAX; n += 1) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const focus = document.activeElement;
      if (!focus || focus === document.body) return { words: "(the window)", marked: true };
      const style = getComputedStyle(focus);
      const label = focus.labels?.[0]?.innerText ?? focus.getAttribute("aria-label") ?? focus.innerText;
      return {
        words: label.replace(/\s+/g, " ").trim(),
        marked: (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none",
      };
    });
    passed.push(at.words);
    assert.ok(at.marked, `the focus on "${at.words}" cannot be seen`);
    if (words.test(at.words)) return;
  }
  assert.fail(`Tab never came to ${words}; it passed: ${passed.join(" | ")}`);
}

async function enter(key = "Enter") {
  const leaves = page.waitForEvent("load");
  await page.keyboard.press(key);
  await leaves;
}

async function write(words, text) {
  await tabTo(words);
  await page.keyboard.type(text);
}

test("S5 P2 keyboard only: first visit, virtual lock, person, code, keypad", async () => {
  await page.goto(HOUSE);
  await write(/^Set-up code/, SETUP_CODE);
  await write(/^Your name/, OWNER);
  await write(/^Password 12/, PASSWORD);
  await write(/^Password again/, PASSWORD);
  await enter();
  await tabTo(/^Add a virtual lock/);
  await enter();
  const lock = new URL(page.url()).pathname;

  await tabTo(/^Skip to the page/);
  await tabTo(/^People$/);
  await enter();
  await write(/^Name/, "Ana");
  await enter();
  await tabTo(/^Give access/);
  await enter();
  await tabTo(/^Who/);
  await tabTo(/^Where/);
  await page.keyboard.type("Front");
  await tabTo(/^Next: the code/);
  await enter();
  const code = zeroCode();
  await tabTo(/made by chance/);
  await page.keyboard.press("ArrowDown");
  await write(/^Typed code/, code);
  await enter();
  await mara.sees(/in force since/, "#stands");

  await mara.open(lock);
  await tabTo(/^Key: lock/);
  await page.keyboard.press("Space");
  await mara.sees("The bolt is fully out.", "#body");
  await mara.open(lock);
  await tabTo(/^1$/);
  // as fast as a hand types: no press may be lost
  for (const digit of code) await page.keyboard.press(digit);
  await page.keyboard.press("Enter");
  await mara.sees("The bolt is in.", "#body");
  await until("nothing failed", async () => faults.join("\n"), (text) => text === "");
});
