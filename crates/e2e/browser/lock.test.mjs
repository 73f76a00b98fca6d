// Everything that the virtual lock's page can do, and what the door's page says of it: fingers and cards, a magnet, a
// jam, power cut in mid-travel, a clock lost and set wrong, rehearsals with reports, modes, a second controller, duress,
// the odds. Live pages; one house, one story. Pictures of what it comes to are written to DOORWARD_OUT.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { HOUSE, launch, SIZE, watch } from "./lib/browser.mjs";
import { Visitor, zeroCode } from "./lib/steps.mjs";

const OUT = process.env.DOORWARD_OUT ?? "e2e-out";
const story = {};
let browser, mara, faults;

before(async () => {
  mkdirSync(OUT, { recursive: true });
  browser = await launch();
  const context = await browser.context();
  mara = new Visitor(await context.newPage(), false);
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

/** Later parts mean nothing when an earlier one failed. */
function part(name, story_part) {
  test(`${name} (${SIZE})`, async (t) => {
    if (story.broken) return t.skip("an earlier part failed");
    try {
      await story_part(t);
    } catch (error) {
      story.broken = true;
      await mara.page.screenshot({ path: join(OUT, `lock-failed-${SIZE}.png`), fullPage: true });
      throw error;
    }
  });
}

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

part("G2 what cannot be done is said beside it", async () => {
  await mara.open(story.lock);
  await mara.hand("Thumbturn: lock");
  await mara.hand("Open the door");
  await mara.sees("That cannot be done: the door is bolted: it does not open.", "#body");
});

part("A26 a magnet that pulls the bolt in is an alarm and is undone", async () => {
  await mara.open(story.lock);
  await mara.hand("Pull the bolt in with a magnet");
  await mara.sees("The bolt is fully out.", "#body");
  await mara.open("/log?kind=alert");
  await mara.sees(/moved without any authority/, "#entries");
});

part("E3 something in the strike: the lock says jammed", async () => {
  await mara.open(story.lock);
  await mara.hand("Thumbturn: unlock");
  await mara.hand(/Something in the strike/);
  await mara.hand("Lock (one touch)");
  await mara.sees(/The bolt stands half way/, "#body");
  await mara.open(story.door);
  await mara.sees("Jammed", "#now");
  await picture("jammed");
  await mara.open(story.lock);
  await mara.hand(/Something in the strike/);
  await mara.hand("Thumbturn: unlock");
});

part("E5 the power goes in mid-travel: the bolt stands half way, and ends locked when it is back", async () => {
  await mara.open(story.lock);
  await mara.hand("Cut the power mid-throw");
  await mara.sees("The power will go when the bolt is half way", "#body");
  await mara.hand("Lock (one touch)");
  await mara.sees(/The lock has no power.*The bolt stands half way/, "#body");
  await picture("mid-travel");
  await mara.hand(/Power cut/);
  await mara.sees("The bolt is fully out.", "#body");
});

part("E4 a clock that is lost is set again; one that jumped waits for a person", async () => {
  await mara.open(story.lock);
  await mara.hand("Lose the clock");
  await mara.sees(/Its own clock (yesterday |tomorrow )?\d\d:\d\d/, "#body");
  await mara.hand("Set the clock two days ahead");
  await mara.sees("Its clock jumped.", "#rehearsals");
  await picture("clock");
  await mara.press("The time is right: go on");
  await mara.sees("codes with hours work again");
  await mara.open(story.page);
  await mara.sees(/Clock set/, "#state");
});

part("E5 a dead battery is rehearsed: codes refused, key works, the report stays", async () => {
  await mara.open(story.lock);
  await mara.press("Rehearse a dead battery");
  await mara.sees("The rehearsal runs.");
  await mara.type(story.code);
  await mara.hand("Key: lock");
  await mara.sees(/A code was refused.*The key or thumbturn turned/, "#rehearsals");
  await mara.press("End it and keep the report");
  await mara.sees(/Dead battery, .*nothing went wrong/, "#rehearsals");
});

part("E5 a power cut is rehearsed from the page", async () => {
  await mara.press("Rehearse a power cut");
  await mara.sees("The power of this virtual lock is cut.", "#rehearsals");
  await mara.press("Give the power back");
  await mara.sees("The power was gone, and the lock started anew.", "#rehearsals");
  await mara.sees(/Its own clock (yesterday |tomorrow )?\d\d:\d\d/, "#body");
  await mara.type(story.code);
  await mara.sees("A code opened it afterwards.", "#rehearsals");
  await picture("rehearsal");
  await mara.press("End it and keep the report");
  await mara.sees(/Power cut, .*nothing went wrong/, "#rehearsals");
  await mara.open(story.door);
  await mara.sees(/Power cut rehearsed \d\d:\d\d: nothing went wrong/, "#locks");
});

part("E3 vacation mode and what it means, on the lock's and the door's page", async () => {
  await mara.open(story.page);
  await mara.press(/Choose vacation/);
  await mara.sees("The lock has the new mode.");
  await mara.sees(/vacation.*on now/, "#mode");
  await mara.open(story.door);
  await mara.sees(/In vacation mode\. Nobody's code/, "#locks");
  await picture("vacation");
  await mara.open(story.page);
  await mara.press(/Choose normal/);
  await mara.sees(/normal.*on now/, "#mode");
});

part("P2 a second controller writes a code: it is shown and never touched silently", async () => {
  await mara.open(story.lock);
  await mara.press("It writes a code");
  await mara.sees("The second controller has done it");
  await mara.open(story.page);
  await mara.sees("Slot 40", "#strangers");
});

part("A34 a duress code opens with the same light, and the owner hears of it", async () => {
  await mara.enterPerson("Ben");
  await mara.open("/give");
  await mara.field("Who").selectOption({ label: "Ben" });
  await mara.field("Where").selectOption({ label: "Front door" });
  await mara.press("Next: the code");
  await mara.page.getByText("What a new code is for").click();
  await mara.page.getByRole("radio", { name: /duress code/ }).check();
  await mara.page.getByRole("radio", { name: /that I type/ }).check();
  story.duress = zeroCode();
  await mara.field(/^Typed code/).fill(story.duress);
  await picture("purpose");
  await mara.press("Give access");
  await mara.sees(/in force since/, "#stands");
  await mara.open(story.lock);
  await mara.hand("Thumbturn: lock");
  await mara.type(story.duress);
  const plate = await mara.text(".plate");
  assert.match(plate, /Opened/);
  assert.doesNotMatch(await mara.text("#body"), /duress/i);
  await mara.open("/");
  await mara.sees(/Ben opened .* under duress/, "#alerts");
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
