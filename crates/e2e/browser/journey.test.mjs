// The house from the first visit to the lost radio, on live pages that are never reloaded (journeys 1 to 4).
// Runs at the size in DOORWARD_SIZE. One house, one story: the parts are in order.

import assert from "node:assert/strict";
import { after, before } from "node:test";
import { launch, until, watch } from "./lib/browser.mjs";
import { parts, Visitor, weekdayHours, zeroCode } from "./lib/steps.mjs";

const story = { codes: {} };
let browser, context, mara, door;
const faults = [];

before(async () => {
  browser = await launch();
  context = await browser.context();
  // two windows, as at home: the lock itself in one, the house's page of the door in the other (two contexts,
  // since a browser slows down a tab that is behind another)
  mara = new Visitor(await context.newPage(), true);
  faults.push(watch(mara.page));
});
after(() => browser?.close());

const part = parts();

part("E1 first visit: the house is taken with the set-up code", async () => {
  await mara.takeHouse();
  await mara.open("/people");
  assert.ok(await mara.moves(), "this build has no htmx: `npm ci` in crates/web/assets, then build again");
});

part("E1 one press adds a virtual lock with its door", async () => {
  Object.assign(story, await mara.addVirtualLock());
  const other = await browser.context({ storageState: await context.storageState() });
  door = new Visitor(await other.newPage(), true);
  faults.push(watch(door.page));
  await door.open(story.door);
  await door.sees(/Locked|Unlocked/, "#now");
  const zone = /\(([A-Za-z_]+(?:\/[A-Za-z_+-\d]+)*)\)/.exec(await door.text())[1];
  story.zone = zone;
});

part("E4 a code for weekdays 8 to 18 until a date: sending, then in force, read back, without reload", async () => {
  await mara.makeBothSchedules();
  await mara.enterPerson("Ana");
  story.codes.weekdays = zeroCode();
  const told = await mara.give({
    person: "Ana", schedule: "Weekdays 8 to 18", until: "2036-06-30T18:00", code: story.codes.weekdays, reason: "Cleaning",
  });
  assert.match(told, /Weekdays 8 to 18 \(weekdays 8 to 18\), until 30 Jun 2036 18:00/);
  // a lock in reach may be done before the page is drawn; nothing else may stand there
  assert.match(await mara.text("#stands"), /(sending|in force) since \d\d:\d\d/);
  await mara.sees(/in force since \d\d:\d\d \(read back\)/, "#stands");
  await door.sees(/Ana .*in force since/, "#who");
});

part("L2 a code made by chance is shown on request, and the page says that the log knows", async () => {
  // for the hours that the first code leaves out: whatever the hour is, one of the two opens
  await mara.enterPerson("Ben");
  await mara.give({ person: "Ben", schedule: "All other hours" });
  await mara.sees(/in force since/, "#stands");
  await mara.press("Show the code");
  story.codes.other = (await mara.text("p.code")).replace(/\D/g, "");
  assert.match(story.codes.other, /^\d{6}$/);
  assert.match(await mara.text(), /That you looked stands in the log/);
});

part("E1 P2 the code on the drawn keypad: the bolt moves, log and door page follow without reload", async () => {
  await mara.open(story.lock);
  await lockTheDoor();
  const inHours = weekdayHours(story.zone);
  const [who, code] = inHours ? ["Ana", story.codes.weekdays] : ["Ben", story.codes.other];
  const out = await boltAt();
  await mara.type(code);
  await mara.sees("The bolt is in.", "#body");
  assert.ok(await boltAt() < out, "the drawn bolt went into the door");
  await mara.sees(/Known by/, "#body");
  await door.sees(/Unlocked/, "#now");
  await door.sees(new RegExp(`\\d\\d:\\d\\d [^\\d]*${who}`), "#day");
});

part("E4 outside the hours: refused, with the reason in the log", async () => {
  await lockTheDoor();
  const [who, code] = weekdayHours(story.zone) ? ["Ben", story.codes.other] : ["Ana", story.codes.weekdays];
  await mara.type(code);
  await mara.sees(/hours/, "#body [role=status].said");
  await mara.sees("The bolt is fully out.", "#body");
  await door.sees(new RegExp(`${who}[^.]*(outside|hours)`, "i"), "#day");
});

part("E4 A18 wrong codes: the keypad shuts, and page and log say so", async () => {
  const wrong = ["295817", "720469", "318052", "946173", "582604", "173958", "604271", "837149"];
  let tries = 0;
  while (!/shut after wrong codes until/.test(await mara.text("#body"))) {
    assert.ok(tries < wrong.length, "locked out in time");
    await mara.type(wrong[tries]);
    tries += 1;
    await until("the lock judged", () => mara.text(".lamp"), (text) => !/pressed/.test(text));
  }
  await door.sees(/wrong code|lock-?out|locked out|shut/i, "#day");
  const log = new Visitor(await door.page.context().newPage(), true);
  await log.open("/log");
  await log.sees(/wrong codes|lock-?out|locked out/i, "#entries");
  await log.page.close();
});

part("E7 radio cut: the page says since when and for what it waits", async () => {
  await mara.hand(/Out of radio reach/);
  await door.sees(/out of reach/, "#locks");
  await mara.enterPerson("Cleo");
  await mara.give({ person: "Cleo", reason: "Plants" });
  await mara.sees(/waiting since \d\d:\d\d \(.*(reach|radio).*\)/, "#stands");
  story.grant = mara.page.url();
});

part("E7 meanwhile the key works; back in reach, the change goes in and the entries arrive once, in order", async () => {
  await mara.open(story.lock);
  await mara.hand("Key: unlock");
  await mara.sees("The bolt is in.", "#body");
  await mara.hand("Key: lock");
  await mara.sees("The bolt is fully out.", "#body");
  await mara.hand(/Out of radio reach/);
  await door.sees(/Cleo.*in force since/, "#who");
  // newest first; in this story only this part unlocks with the key
  const unlocked = "Somebody unlocked Front door lock with the key";
  const day = await door.sees(unlocked, "#day");
  assert.equal(day.split(unlocked).length - 1, 1, `the entry once: ${day}`);
  const locked = day.indexOf("Somebody locked Front door lock with the key");
  assert.ok(locked >= 0 && locked < day.indexOf(unlocked), `unlocked, then locked: ${day}`);
  await mara.page.goto(story.grant);
  await mara.sees(/in force since \d\d:\d\d/, "#stands");
});

part("S5 nothing went to another host, no script failed, the policy refused nothing", () => {
  assert.deepEqual(faults.flat(), []);
});

/** Where the drawn bolt stands. */
async function boltAt() {
  return mara.page.locator("svg.edge .bolt").first().evaluate((bolt) => bolt.getBoundingClientRect().right);
}

async function lockTheDoor() {
  if (!/fully out/.test(await mara.text("#body"))) await mara.hand("Key: lock");
  await mara.sees("The bolt is fully out.", "#body");
  await door.sees(/Locked/, "#now");
}
