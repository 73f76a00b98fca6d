// The audit on live pages: a stranger gets from nothing to "the weakest way in is ..., do this first", answers the
// next question, asks a what-if, and sees a red flag come and go. Looks of its pages, and the print on two sheets.

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before } from "node:test";
import AxeBuilder from "@axe-core/playwright";
import { HOUSE, launch, SIZES, until, watch } from "./lib/browser.mjs";
import { parts, Visitor } from "./lib/steps.mjs";

const OUT = process.env.DOORWARD_OUT ?? "e2e-out";
const story = {};
let browser, context, mara;
const faults = [];

before(async () => {
  mkdirSync(OUT, { recursive: true });
  browser = await launch();
  context = await browser.context();
  mara = new Visitor(await context.newPage(), true);
  faults.push(watch(mara.page));
});
after(() => browser?.close());

const part = parts();

const known = async () => Number((await mara.text()).match(/(\d+) answers known/)[1]);

/** Fills the survey by the names of its fields; `pick` a word, or `fill` a length. */
async function survey(answers) {
  await mara.open(`${story.door}/survey`);
  await mara.page.evaluate(() => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
  for (const [name, value] of Object.entries(answers)) {
    const radio = mara.page.locator(`input[type=radio][name="${name}"][value="${value}"]`);
    if (await radio.count()) await radio.check(); else await mara.page.locator(`input[name="${name}"]`).fill(value);
  }
  await mara.press("Save and see the result");
}

part("D2 from nothing to the weakest way in, within three minutes", async () => {
  const start = Date.now();
  await mara.takeHouse();
  const { door, lock } = await mara.addVirtualLock();
  Object.assign(story, { door, lock });
  await mara.open(door);
  await mara.press("How else could someone get in?", "link");
  const text = await mara.text();
  assert.match(text, /The weakest way in is to .+ the first to succeed in \d+ of 100/);
  assert.match(text, /Do this first: /);
  assert.match(text, /so the result is wide|answers known/);
  await survey({ "door.leaf": "solid", "frame.material": "wood", "frame.strike": "plate", "frame.screw_length_mm": "3/4in",
    "bolt.kind": "deadbolt", "cylinder.kind": "pin-tumbler", "habits.left_unlocked": "never" });
  const after = await mara.text();
  assert.match(after, /The weakest way in is to .+Do this first: .+→/);
  assert.ok(Date.now() - start < 180_000, "three minutes");
});

part("D1 the hub fills in what it sees, and does not ask for it", async () => {
  await mara.open(`${story.door}/survey`);
  await mara.page.evaluate(() => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
  assert.match(await mara.text("#q-smart-log_place"), /seen by the hub/);
  assert.equal(await mara.page.locator("input[name='smart.log_place']").count(), 0);
  assert.match(await mara.text("#q-smart-lockout"), /each pause longer|escalating/);
});

part("D1 the next question is answered on the spot, and another one comes", async () => {
  await mara.open(`${story.door}/audit`);
  const before = await known();
  const asked = await mara.text("#next legend");
  const field = mara.page.locator("#next input:not([type=hidden])");
  if (await field.first().getAttribute("type") === "text") await field.first().fill("2"); else await field.first().check();
  await mara.press("Answer and look again");
  assert.equal(await known(), before + 1);
  assert.notEqual(await mara.text("#next legend"), asked);
});

part("D4 what if: side by side, without leaving the page", async () => {
  await mara.open(`${story.door}/audit`);
  await mara.page.evaluate(() => { window.sameDocument = "here"; });
  const box = mara.page.locator("#what-if");
  await box.getByLabel("Change this answer").selectOption("frame.screw_length_mm");
  await box.getByRole("button", { name: "Choose" }).click();
  await box.locator("input[name='frame.screw_length_mm']").fill("3in");
  await box.getByRole("button", { name: "Compare" }).click();
  await until("before and after", () => box.locator("#compared table").count());
  assert.match(await mara.text("#compared"), /19 mm|19\.05 mm/);
  const rows = await box.locator("#compared tbody tr").allInnerTexts();
  assert.equal(rows.length, 6, rows.join("; "));
  const burglar = rows.find((row) => row.startsWith("practised-burglar")).match(/(\d+) %\s+(\d+) %/);
  assert.ok(Number(burglar[1]) > Number(burglar[2]), `${burglar[0]}: longer screws help`);
  assert.equal(await mara.page.evaluate(() => window.sameDocument), "here");
  await box.locator("input[name='frame.screw_length_mm']").fill("-3");
  await box.getByRole("button", { name: "Compare" }).click();
  await until("a refusal", () => box.locator("[role=alert]").count());
});

part("H1 a red flag stands on the door and the overview, and goes once the screws are changed", async () => {
  await mara.open(story.door);
  assert.match(await mara.text("#flags"), /1 red flag .*strike screws .*frame\.screw_length_mm/);
  await mara.open("/");
  assert.match(await mara.text("#doors"), /1 red flag: The strike screws/);
  await survey({ "frame.screw_length_mm": "19", "frame.gap_mm": "6" });
  await mara.open(story.door);
  assert.match(await mara.text("#flags"), /2 red flags.*maintenance pass this month/);
  await survey({ "frame.screw_length_mm": "3in", "frame.gap_mm": "3" });
  await mara.open(story.door);
  assert.match(await mara.text("#flags"), /No red flag/);
  await mara.open("/log?kind=alert");
  assert.equal((await mara.text()).match(/Red flag at [^:]+: The strike screws/g).length, 1, "told once");
});

part("H1 a red flag raised by the live lock itself, a code that nobody here gave; it goes with the code", async () => {
  const flags = async () => { await mara.open(story.door); return mara.text("#flags"); };
  assert.match(await flags(), /No red flag/);
  await mara.open(story.lock);
  await mara.hand("It writes a code");
  await until("the flag stands on the door", flags, (text) => /1 red flag .*habits\.codes_shared.*seen/.test(text));
  await mara.open("/");
  assert.match(await mara.text("#doors"), /1 red flag/);
  const log = async () => { await mara.open("/log"); return mara.text(); };
  await until("it was told", log, (text) => /Red flag at [^:]+: A code is shared and nobody knows by whom/.test(text));
  await mara.open(`/locks/${story.lock.split("/").pop()}`);
  await mara.press("Remove it from the lock");
  await until("the flag is gone", flags, (text) => /No red flag/.test(text));
  await until("that it went, too", log, (text) => /Red flag cleared at [^:]+: [^.]*code/i.test(text));
});

part("D5 can this lock be picked, for a kind of lock", async () => {
  await mara.open("/picked");
  await mara.page.locator("input[name='cylinder.kind'][value='dimple']").check();
  await mara.press("Answer");
  assert.match(await mara.text("#answer"), /a skilled picker opens it in about \d+ of 100 .*common five-pin cylinder/);
  assert.match(await mara.text("#answer"), /Price and app features say nothing/);
});

part("S5 the audit's pages: WCAG 2.2 AA, no sideways scrolling, pictures to look at", async () => {
  const state = await context.storageState();
  const told = [];
  for (const size of Object.keys(SIZES)) {
    for (const scheme of ["light", "dark"]) {
      const window = await browser.context({ size, scheme, storageState: state });
      for (const [name, path] of Object.entries({ audit: `${story.door}/audit`, survey: `${story.door}/survey`,
        "what-if": `${story.door}/what-if?key=frame.strike&frame.strike=reinforced`, picked: "/picked?cylinder.kind=dimple",
        figures: "/figures?only=estimates", validation: "/validation" })) {
        const page = await window.newPage();
        const seen = watch(page);
        await page.goto(HOUSE + path);
        await page.screenshot({ path: join(OUT, `told-${name}-${size}-${scheme}.png`), fullPage: true });
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        if (wide > 0) told.push(`${name} ${size}: sticks out by ${wide}`);
        const { violations } = await new AxeBuilder({ page })
          .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]).analyze();
        told.push(...violations.map((one) => `${name} ${size} ${scheme} ${one.id}: ${one.nodes[0].html}`), ...seen);
        await page.close();
      }
      await window.close();
    }
  }
  assert.deepEqual(told, []);
});

part("L1 printed it fills two sheets, says on each what it is, and holds no name and no code", async () => {
  await mara.enterPerson("Zacharias");
  const code = "730586";
  await mara.give({ person: "Zacharias", code });
  await mara.open(`${story.door}/audit`);
  const pdf = await mara.page.pdf({ format: "A4", printBackground: true, preferCSSPageSize: true });
  writeFileSync(join(OUT, "audit.pdf"), pdf);
  assert.equal(pdf.toString("latin1").match(/\/Type\s*\/Page\b(?!s)/g).length, 2, "two sheets");
  const html = await mara.page.content();
  const printed = html.replace(/<footer>[\s\S]*<\/footer>/, "");
  assert.ok(!printed.includes("Zacharias") && !printed.includes(code));
  await mara.page.emulateMedia({ media: "print" });
  assert.match(await mara.text(".printfoot"), /no test of this door, no forecast of a burglary and no certificate/);
  await mara.page.emulateMedia({ media: "screen" });
  assert.deepEqual(faults.flat(), []);
});
