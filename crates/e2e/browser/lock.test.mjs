// What the virtual lock's page can do, and what the door's page says of it: fingers and cards, a magnet, how the lock
// decided, the odds. Live pages; one house, one story. Pictures go to DOORWARD_OUT. Rehearsals, modes, duress, clock and
// budget are gone through from outside in tests/all/lock_page.rs.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { HOUSE, launch, SIZE, watch } from "./lib/browser.mjs";
import { parts, Visitor, zeroCode } from "./lib/steps.mjs";

const OUT = process.env.DOORWARD_OUT ?? "e2e-out";
const story = {};
let browser, mara, faults;

before(async () => {
  mkdirSync(OUT, { recursive: true });
  browser = await launch();
  const context = await browser.context();
  mara = new Visitor(await context.newPage(), true);
  faults = watch(mara.page);
  await mara.takeHouse();
  Object.assign(story, await mara.addVirtualLock());
  story.page = story.lock.replace("/virtual/", "/locks/");
  await mara.enterPerson("Ana");
  story.code = zeroCode();
  await mara.give({ person: "Ana", code: story.code });
  await mara.sees(/in force since/, "#stands");
});
after(() => browser?.close());

const part = parts({ failed: () => picture("failed") });

async function picture(name) {
  await mara.page.screenshot({ path: join(OUT, `lock-${name}-${SIZE}.png`), fullPage: true });
}

part("E1 how the lock decides stands on the door's page", async () => {
  await mara.open(story.lock);
  await mara.hand("Thumbturn: lock");
  await mara.type(story.code);
  await mara.open(story.door);
  await mara.sees(/Allowed: it unlocked\..*code in slot 1, of Ana.*at any time.*normal.*none/, "#decides");
  await picture("decides");
});

part("E1 a finger is enrolled by its number and opens; a stranger's does not; a cheap copy of a card neither", async () => {
  await mara.open(story.lock);
  await mara.press("Enrol this finger");
  await mara.sees("The lock has learnt it.");
  await mara.hand("Thumbturn: lock");
  await mara.press("Show the finger");
  await mara.sees(/Allowed: unlock by finger in slot 1/, ".decides");
  await mara.press("A stranger's finger");
  await mara.sees(/Refused: unlock by nothing that it knows/, ".decides");
  await mara.press("Enrol this card");
  await mara.press("Show the card");
  await mara.sees(/Allowed: unlock by card in slot 1/, ".decides");
  await mara.press("A cheap copy of the card");
  await mara.open("/log?kind=refused");
  await mara.sees(/A wrong code at/, "#entries");
});

part("A26 a magnet that pulls the bolt in is an alarm and is undone", async () => {
  await mara.open(story.lock);
  await mara.hand("Thumbturn: lock");
  // shortly after a hand on the thumbturn the lock takes what its bolt does for that hand's
  await new Promise((done) => setTimeout(done, 6_000));
  await mara.hand("Pull the bolt in with a magnet");
  await mara.sees("The bolt is fully out.", "#body");
  await mara.open("/log?kind=alert");
  await mara.sees(/moved without any authority/, "#entries");
});

part("G6 the odds of any policy, with the formula and the truth about residents", async () => {
  await mara.open("/odds");
  const told = await mara.text();
  assert.match(told, /at most 1 in 1,042/);
  assert.match(told, /36 \+ 30 days × 1440 min ÷ 720 min = 96/);
  assert.match(told, /do not open at the keypad/);
  await picture("odds");
  await mara.field("Digits of a code").fill("4");
  await mara.press("Reckon");
  assert.match(await mara.text("#answer"), /at most 9\.6 %/);
  await mara.open("/odds?digits=99");
  assert.match(await mara.error(), /Digits of a code|Digits: 4 to 10/);
});

test("S5 no fault of a script, a style or another host", () => {
  assert.deepEqual(faults, []);
  assert.ok(HOUSE.startsWith("http"));
});
