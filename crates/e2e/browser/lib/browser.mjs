// Chromium for the tests: one browser, contexts of phone or desktop size, and a watch on every page that
// notes console errors (a CSP refusal is one), failed scripts and requests to any other host.

import { chromium } from "playwright-core";

export const SIZES = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync"];
// a busy machine is slow, not broken
const PATIENCE = Number(process.env.DOORWARD_PATIENCE_MS ?? 30_000);

export const HOUSE = needed("DOORWARD_URL");
export const SETUP_CODE = process.env.DOORWARD_SETUP_CODE ?? "";
export const OWNER = "Mara";
export const PASSWORD = "three mossy bicycles";
export const SIZE = process.env.DOORWARD_SIZE ?? "desktop";

function needed(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; these tests are run by crates/e2e/tests/all/browser.rs`);
  return value.replace(/\/$/, "");
}

/** Starts the browser; `context({size, scripts, scheme})` opens a window with nothing stored. */
export async function launch() {
  const executablePath = process.env.DOORWARD_CHROMIUM ?? "/usr/bin/chromium";
  const browser = await chromium.launch({ executablePath, args: FLAGS, timeout: 2 * PATIENCE });
  const context = async ({ size = SIZE, scripts = true, scheme = "light", motion = "reduce", storageState } = {}) => {
    const made = await browser.newContext({
      viewport: SIZES[size], isMobile: size === "phone", hasTouch: size === "phone",
      javaScriptEnabled: scripts, colorScheme: scheme, storageState, locale: "en-GB", reducedMotion: motion,
    });
    made.setDefaultTimeout(PATIENCE);
    made.setDefaultNavigationTimeout(PATIENCE);
    return made;
  };
  return { context, close: () => browser.close() };
}

/** Notes what a page must not do. `faults` stays empty on a good page. */
export function watch(page) {
  const faults = [];
  page.on("console", (message) => {
    // a refused form answers 4xx on purpose, and Chromium prints every such status as an error
    if (message.type() !== "error" || /status of 4\d\d/.test(message.text())) return;
    faults.push(`console on ${page.url()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`script on ${page.url()}: ${error}`));
  page.on("request", (request) => {
    if (!/^(data|blob):/.test(request.url()) && new URL(request.url()).origin !== new URL(HOUSE).origin) {
      faults.push(`request to another host: ${request.url()}`);
    }
  });
  return faults;
}

/** Asks until `holds` gives something true, else fails with what was seen last. */
export async function until(what, ask, holds = Boolean, patience = PATIENCE) {
  const end = Date.now() + patience;
  for (;;) {
    const seen = await ask();
    if (holds(seen)) return seen;
    if (Date.now() > end) throw new Error(`${what}: not after ${patience / 1000} s; last seen: ${seen}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}
