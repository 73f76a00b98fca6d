// Every page at phone and desktop size, light and dark: axe finds no WCAG 2.2 A or AA violation, nothing sticks
// out sideways, the weight stays within its bounds, and a picture is written to DOORWARD_OUT to be looked at.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import AxeBuilder from "@axe-core/playwright";
import { HOUSE, launch, SIZES, watch } from "./lib/browser.mjs";
import { Visitor, zeroCode } from "./lib/steps.mjs";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const PAGE_BYTES_MAX = 150_000;
const STYLE_BYTES_MAX = 30_000;
const OUT = process.env.DOORWARD_OUT ?? "e2e-out";
const OPEN = new Set(["sign-in", "invite", "about"]);

const pages = new Map();
let browser, signedIn;

before(async () => {
  mkdirSync(OUT, { recursive: true });
  browser = await launch();
  const context = await browser.context({ size: "desktop" });
  const page = await context.newPage();
  const mara = new Visitor(page, false);
  await page.goto(HOUSE);
  await look(page, "first-visit", "desktop", "light");
  await mara.takeHouse();
  await look(page, "doors-empty", "desktop", "light");
  await furnish(mara);
  signedIn = await context.storageState();
  await context.close();
});
after(() => browser?.close());

/** A house with something on every page. */
async function furnish(mara) {
  const { lock, door } = await mara.addVirtualLock();
  await mara.makeSchedule("Weekdays 8 to 18", [[["mon", "tue", "wed", "thu", "fri"], "08:00", "18:00"]]);
  await mara.open(lock);
  await mara.hand("Key: lock");
  await mara.sees("The bolt is fully out.", "#body");
  const ana = await mara.enterPerson("Ana");
  await mara.enterPerson("Ben");
  await mara.give({ person: "Ben", reason: "Lives here" });
  const code = zeroCode();
  await mara.give({ person: "Ana", schedule: "Weekdays 8 to 18", until: "2036-06-30T18:00", code, reason: "Cleaning" });
  await mara.sees(/in force since/, "#stands");
  const grant = new URL(mara.page.url()).pathname;
  await mara.open(ana);
  const change = await mara.page.locator("#codes a[href^='/codes/']").getAttribute("href");
  await mara.open("/schedules");
  const schedule = await mara.page.locator("main a[href^='/schedules/']").first().getAttribute("href");
  await mara.open("/give");
  await mara.field("Who").selectOption({ label: "Ben" });
  await mara.field("Where").selectOption({ label: "Front door" });
  await mara.press("Next: the code");
  const give = mara.page.url().slice(HOUSE.length);
  const rows = {
    "first-door": door, doors: "/", "door-new": "/doors/new", "door-edit": `${door}/edit`, people: "/people", person: ana,
    give: "/give", "give-code": give, grant, "code-change": change, grid: "/grid", ready: "/ready", groups: "/groups",
    schedules: "/schedules", schedule, "locks-found": "/locks/found", "locks-pair": "/locks/pair", "locks-told": "/locks/told", import: "/people/import",
    lock: lock.replace("/virtual/", "/locks/"), unlock: `${lock.replace("/virtual/", "/locks/")}/unlock`,
    audit: `${door}/audit`, survey: `${door}/survey`, "what-if": `${door}/what-if?key=frame.strike&frame.strike=reinforced`,
    picked: "/picked?cylinder.kind=dimple", validation: "/validation",
    figures: "/figures", "figures-door": `/figures?door=${door.split("/").pop()}`,
    advice: `${door}/advice`, fit: `${door}/fit`, risks: `${door}/risks`, setup: `${door}/setup`, mend: `${door}/mend`, care: "/care", ask: "/ask",
    virtual: "/virtual", "virtual-lock": lock, log: "/log", odds: "/odds", settings: "/settings", confirm: "/confirm", about: "/about",
    lab: "/lab", "lab-discs": "/lab/discs", "lab-odds": "/lab/odds?cylinder=three-pins", "lab-keys": "/lab/keys",
    "sign-in": "/sign-in", invite: "/invite", "not-here": "/people/nobody",
  };
  for (const [name, path] of Object.entries(rows)) pages.set(name, path);
}

/** Picture, axe, width of one page as it stands. */
async function look(page, name, size, scheme) {
  await page.screenshot({ path: join(OUT, `${name}-${size}-${scheme}.png`), fullPage: true });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
  const told = violations.map((one) => `${one.id}: ${one.help}\n${one.nodes
    .map((node) => `    ${node.target.join(" ")}: ${node.failureSummary.replace(/\s+/g, " ")}`).join("\n")}`);
  if (wide > 0) told.push(`sticks out sideways by ${wide} pixels`);
  return told.map((text) => `${name}, ${size}, ${scheme}: ${text}`);
}

for (const size of Object.keys(SIZES)) {
  for (const scheme of ["light", "dark"]) {
    test(`S5 every page, ${size}, ${scheme}: WCAG 2.2 AA, no sideways scrolling, no failed script`, async () => {
      const told = [];
      const inside = await browser.context({ size, scheme, storageState: signedIn });
      const outside = await browser.context({ size, scheme });
      for (const [name, path] of pages) {
        const page = await (OPEN.has(name) ? outside : inside).newPage();
        const faults = watch(page);
        await page.goto(HOUSE + path);
        told.push(...await look(page, name, size, scheme), ...faults);
        await page.close();
      }
      await inside.close();
      await outside.close();
      assert.deepEqual(told, []);
    });
  }
}

test("S5 weight: every page with all it loads within its bound, the stylesheet under 30 kB, no other host", async () => {
  const told = [];
  for (const [name, path] of pages) {
    const context = await browser.context({ size: "phone", storageState: signedIn });
    const page = await context.newPage();
    const faults = watch(page);
    const bodies = [];
    page.on("response", (response) => {
      if (response.request().resourceType() === "eventsource") return;
      bodies.push(response.body().then((body) => [response.url(), body.length], () => [response.url(), 0]));
    });
    await page.goto(HOUSE + path, { waitUntil: "load" });
    const loaded = await Promise.all(bodies);
    const total = loaded.reduce((sum, [, size]) => sum + size, 0);
    if (total > PAGE_BYTES_MAX || loaded.length < 2) told.push(`${name}: ${total} bytes in ${loaded.length} files`);
    for (const [url, size] of loaded) {
      if (url.endsWith(".css") && (size > STYLE_BYTES_MAX || size === 0)) told.push(`${url}: ${size} bytes`);
    }
    told.push(...faults);
    await context.close();
  }
  assert.deepEqual(told, []);
});
