// The same journey with scripts switched off: links, forms and reload (E1, S5).

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch } from "./lib/browser.mjs";
import { Visitor, zeroCode } from "./lib/steps.mjs";

let browser, mara;
before(async () => {
  browser = await launch();
  mara = new Visitor(await (await browser.context({ scripts: false })).newPage(), false);
});
after(() => browser?.close());

test("E1 E4 E7 without scripts: from the first visit to a code that opens, and a radio that is cut", async () => {
  await mara.takeHouse();
  const { lock, door } = await mara.addVirtualLock();
  await mara.enterPerson("Ana");
  const code = zeroCode();
  await mara.give({ person: "Ana", until: "2036-06-30T18:00", code });
  await mara.sees(/in force since \d\d:\d\d \(read back\)/, "#stands");

  await mara.open(lock);
  await mara.hand("Key: lock");
  await mara.sees("The bolt is fully out.", "#body");
  await mara.type(code);
  await mara.sees("The bolt is in.", "#body");
  await mara.open(door);
  await mara.sees(/\d\d:\d\d [^\d]*Ana/, "#day");

  await mara.open(lock);
  await mara.hand(/Out of radio reach/);
  await mara.enterPerson("Ben");
  await mara.give({ person: "Ben" });
  await mara.sees(/waiting since \d\d:\d\d/, "#stands");
  const grant = mara.page.url();
  await mara.open(lock);
  await mara.hand(/Out of radio reach/);
  await mara.page.goto(grant);
  await mara.sees(/in force since \d\d:\d\d/, "#stands");
  assert.match(await mara.text("h1"), /Ben: Front door/);
});
