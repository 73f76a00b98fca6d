// What the virtual lock's page can do, and what the door's page says of it: fingers and cards, a magnet, how the lock
// decided, the odds. Live pages; one house, one story. Pictures go to DOORWARD_OUT. Rehearsals, modes, duress, clock and
// budget are gone through from outside in tests/all/lock_page.rs.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { HOUSE, launch, SIZE, SIZES, until, watch } from "./lib/browser.mjs";
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

/** The page as it stands, on a phone and on a desktop, in the light and in the dark. */
async function picture(name) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    await mara.page.setViewportSize(viewport);
    for (const colorScheme of ["light", "dark"]) {
      await mara.page.emulateMedia({ colorScheme });
      await mara.page.screenshot({ path: join(OUT, `lock-${name}-${size}-${colorScheme}.png`), fullPage: true });
    }
  }
  await mara.page.emulateMedia({ colorScheme: "light" });
  await mara.page.setViewportSize(SIZES[SIZE]);
}

/** Waits until the entries of the log say it. */
async function logged(kind, words) {
  const log = new Visitor(await mara.page.context().newPage(), true);
  await log.open(`/log?kind=${kind}`);
  await log.sees(words, "#entries");
  await log.page.close();
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

part("E3 the lock key locks; what cannot be done is said and stays until the next try", async () => {
  await mara.open(story.lock);
  await mara.hand("Thumbturn: unlock");
  await mara.hand("Lock (one touch)");
  await mara.sees("The bolt is fully out.", "#body");
  await mara.sees("Allowed: lock by the lock key", ".decides");
  await mara.hand("Open the door");
  await mara.sees("That cannot be done: the door is bolted", "#refusal");
  // somebody else at the lock: this page follows, and the refusal stays
  const other = new Visitor(await mara.page.context().newPage(), true);
  await other.open(story.lock);
  await other.hand("7");
  await mara.sees("1 pressed", "#body");
  assert.match(await mara.text("#refusal"), /the door is bolted/);
  await other.page.close();
  await mara.hand("Clear");
  await until("the refusal goes", () => mara.text("#refusal"), (told) => told === "");
});

part("E3 a jam: the bolt stands half way, the page and the log say so", async () => {
  await mara.hand("Thumbturn: unlock");
  await mara.hand(/Something in the strike/);
  await mara.hand("Lock (one touch)");
  await mara.sees("The bolt stands half way", "#body");
  await picture("jam");
  await logged("alert", /met something and did not go all the way/);
  await mara.hand(/Something in the strike/);
  await mara.hand("Thumbturn: lock");
  await mara.sees("The bolt is fully out.", "#body");
});

part("E5 power cut in mid-throw: the page never says more than the sensor, and with power the lock is whole", async () => {
  await mara.hand("Cut the power mid-throw");
  await mara.type(story.code);
  await mara.sees("The lock has no power", "#body");
  await mara.sees("The bolt stands half way", "#body");
  await picture("cut");
  await mara.hand(/^Power cut/);
  await mara.hand("Thumbturn: lock");
  await mara.sees("The bolt is fully out.", "#body");
  await logged("lock", /started anew/);
});

part("A16 a lost clock is told until Doorward sets it", async () => {
  await mara.hand(/Out of radio reach/);
  await mara.hand("Lose the clock");
  await mara.sees("The clock has lost the time", "#body");
  await mara.hand(/Out of radio reach/);
  const waits = async () => /The clock has lost the time/.test(await mara.text("#body"));
  await until("the clock is set again", waits, (lost) => !lost);
});

part("E5 both rehearsals from the page, with their reports", async () => {
  await mara.press("Rehearse a dead battery");
  await mara.sees("A rehearsal of a dead battery runs", "#body");
  await mara.type(story.code);
  await mara.sees(/Refused: unlock/, ".decides");
  await mara.hand("Key: lock");
  await mara.press("End it and keep the report");
  await mara.sees(/Dead battery.*went wrong/, "#rehearsals");
  await mara.press("Rehearse a power cut");
  await mara.sees("The power of this virtual lock is cut", "#rehearsals");
  await mara.press("Give the power back");
  await mara.type(story.code);
  await mara.sees(/opened it afterwards/, "#rehearsals");
  await mara.press("End it and keep the report");
  await mara.sees(/Power cut.*nothing went wrong/, "#rehearsals");
  await picture("rehearsed");
});

part("E3 vacation: codes are refused until the mode ends", async () => {
  await mara.press(/^Choose Vacation/i);
  await mara.sees(/Vacation.*on now/i, "#mode");
  await mara.type(story.code);
  await mara.sees(/Refused: unlock.*the lock's mode keeps it out/, ".decides");
  await mara.press(/^Choose Normal/i);
});

part("E3 it locks itself after the time that was set", async () => {
  await mara.field("Seconds").fill("2");
  await mara.press("Set it");
  await mara.sees("the lock has taken this time");
  await mara.type(story.code);
  await mara.open("/log");
  await mara.sees(/The lock locked .*by itself/, "#entries");
  await mara.open(story.lock);
  await mara.sees("The bolt is fully out.", "#body");
  await mara.field("Seconds").fill("0");
  await mara.press("Set it");
});

part("A32 what a second controller writes is found and shown", async () => {
  await mara.press("It writes a code");
  await mara.open(story.page);
  await mara.sees(/slot 40/i, "#strangers");
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
