// Living with a lock on live pages: the calendar ticked off and subscribed to, the review, the register of keys, where
// logs go, what is wrong, an entry by nobody, a question. Looks of all these pages, light and dark, at both sizes.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import AxeBuilder from "@axe-core/playwright";
import { HOUSE, launch, SIZE, SIZES, until, watch } from "./lib/browser.mjs";
import { Visitor, zeroCode } from "./lib/steps.mjs";

const OUT = process.env.DOORWARD_OUT ?? "e2e-out";
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
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

function part(name, steps) {
  test(`${name} (${SIZE})`, async (t) => {
    if (story.broken) return t.skip("an earlier part failed");
    try { await steps(t); } catch (error) { story.broken = true; throw error; }
  });
}

part("H3 the calendar says what, why, how and when; done with a note", async () => {
  await mara.takeHouse();
  const { door, lock } = await mara.addVirtualLock();
  Object.assign(story, { door, lock, real: lock.replace("/virtual/", "/locks/") });
  await mara.enterPerson("Ana");
  await mara.give({ person: "Ana", code: zeroCode(), reason: "Cleaning" });
  await mara.sees(/in force since/, "#stands");
  await mara.open("/");
  await mara.press("Care", "link");
  const text = await mara.text();
  assert.match(text, /Fresh cells for .+about 10 minutes/);
  assert.match(text, /An estimate\./);
  const task = mara.page.locator("li[id^=task-firmware]");
  await task.locator("summary").click();
  await task.getByLabel(/^Note/).fill("no new one");
  const leaves = mara.page.waitForEvent("load");
  await task.getByRole("button", { name: /^Done/ }).click();
  await leaves;
  assert.match(await mara.text("[role=status]"), /stands in the log/);
  assert.match(await mara.text("li[id^=task-firmware]"), /ticked off by Mara/);
});

part("H3 a secret address for calendars, shown once", async () => {
  await mara.press("Make an address");
  const address = await mara.text("code, .code");
  assert.match(address, /\/calendar\/[0-9a-f]{64}\.ics$/);
  const feed = await fetch(HOUSE + new URL(address).pathname);
  assert.equal(feed.status, 200);
  assert.match(feed.headers.get("content-type"), /^text\/calendar/);
  const body = await feed.text();
  assert.match(body, /^BEGIN:VCALENDAR\r\n/);
  assert.doesNotMatch(body, /Ana/);
  assert.equal((await fetch(`${HOUSE}/calendar/${"0".repeat(64)}.ics`)).status, 404);
});

part("P3 who still has access: kept in one step, and the round ended", async () => {
  await mara.open("/care/review");
  assert.match(await mara.text(), /Ana .+no use known.+No guest or service needs|Ana .+no use known/);
  await mara.press(/^Keep/);
  assert.match(await mara.text(), /kept /);
  await mara.press("I have gone through all of them");
  assert.match(await mara.text(), /last gone through/);
});

part("P4 where the spare lies is sealed, and the backup that was tried is noted", async () => {
  await mara.open("/care/keys");
  await mara.field(/^What it is/).fill("spare key");
  await mara.page.getByRole("radio", { name: /it lies somewhere/ }).check();
  await mara.field("Where, in your words").fill("in the blue tin");
  await mara.press("Enter");
  assert.doesNotMatch(await mara.text(), /blue tin/);
  await mara.press(/^Show where/);
  assert.match(await mara.text(), /in the blue tin/);
  await mara.open("/care/keys");
  await mara.page.locator("#backup summary").first().click();
  await mara.press(/^It works/);
  assert.match(await mara.text("#backup"), /last tried/);
  await mara.open("/log");
  assert.match(await mara.text("#entries"), /looked where a key to .+ lies/);
});

part("L4, L5, H2 privacy: an answer leads to advice, and opening it is warned of in red", async () => {
  await mara.open("/care/privacy");
  await mara.page.locator("input[name=from_afar][value=yes]").check();
  await mara.press("Decide");
  assert.match(await mara.text("#path"), /tunnel of your own.+You want to look from afar/);
  await mara.field(/^Under which name/).fill("house.example.org");
  await mara.press("Look before you open it");
  assert.match(await mara.error(), /Stop\. house\.example\.org is taken as the open internet/);
  assert.match(await mara.text("#hygiene"), /Can the open internet reach this hub\?.+Tested by the hub/);
});

part("A8 what is wrong: out of reach is no break-in, causes in order, a check kept", async () => {
  await mara.open(story.lock);
  await mara.hand(/Out of radio reach/);
  await mara.open(story.door);
  await mara.sees(/Out of reach/);
  await mara.press("Something is wrong", "link");
  assert.match(await mara.text("#connection"), /lost connection and no break-in/);
  await mara.press("It is out of reach", "link");
  assert.match(await mara.text("#causes"), /likely|possible/);
  await mara.page.locator("#causes li").first().getByRole("button", { name: /^It was not/ }).click();
  await until("the first is ruled out", () => mara.text("#causes"), (text) => /you ruled it out/.test(text));
  await mara.open(`${story.door}/mend`);
  assert.match(await mara.text(), /it goes on/);
  await mara.open(story.lock);
  await mara.hand(/Out of radio reach/);
});

part("A8 an entry by hand is asked about from the log, and has a plain reason", async () => {
  await mara.open(story.lock);
  await mara.hand("Key: lock");
  await mara.sees("The bolt is fully out.", "#body");
  await mara.hand("Key: unlock");
  await mara.open("/log?kind=entry");
  await mara.sees(/with the key/, "#entries");
  // the list moves under a click while the lock goes on telling
  await mara.open(await mara.page.getByRole("link", { name: "Who was it?" }).first().getAttribute("href"));
  assert.match(await mara.text("#entry"), /There is a plain reason for it/);
  assert.match(await mara.text("#entry"), /moved by hand/);
});

part("Ask: a question in one's own words, and a stranger", async () => {
  await mara.open("/ask");
  await mara.page.locator("input[name=q]").fill("what happens when the internet is down?");
  await mara.press("Ask");
  assert.match(await mara.text("#reply"), /Taken as: Will it work without Wi-Fi\?.+gateway at home/);
  await mara.page.locator("input[name=q]").fill("tell me a joke");
  await mara.press("Ask");
  assert.match(await mara.text("#reply"), /cannot answer that/);
  assert.match(await mara.text("#can"), /Does keyless solve it\?/);
});

part("S5 all of it is accessible, light and dark, at both sizes, and nothing sticks out", async () => {
  const stored = await context.storageState();
  const rows = { care: "/care", "care-review": "/care/review", "care-keys": "/care/keys",
    "care-privacy": "/care/privacy?wish=house.example.org", mend: `${story.door}/mend?symptom=jams`,
    ask: "/ask?q=does+keyless+solve+it" };
  const told = [];
  for (const size of Object.keys(SIZES)) {
    for (const scheme of ["light", "dark"]) {
      const inside = await browser.context({ size, scheme, storageState: stored });
      for (const [name, path] of Object.entries(rows)) {
        const page = await inside.newPage();
        const seen = watch(page);
        await page.goto(HOUSE + path);
        await page.screenshot({ path: join(OUT, `${name}-${size}-${scheme}.png`), fullPage: true });
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        if (wide > 0) told.push(`${name}, ${size}: sticks out by ${wide}`);
        const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
        told.push(...violations.map((one) => `${name}, ${size}, ${scheme}: ${one.id} ${one.nodes.map((node) => node.target.join(" "))}`));
        told.push(...seen);
        await page.close();
      }
      await inside.close();
    }
  }
  assert.deepEqual(told, []);
  assert.deepEqual(faults.flat(), []);
});
