// Goes through the console as a person does, in Chromium. The Go test beside it
// runs this with its stage's addresses as JSON, and sends through SMPP what is
// to be seen. Any message on the browser's console is a failure.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const stage = JSON.parse(process.argv[2]);
const profile = mkdtempSync(join(tmpdir(), "chromium-"));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: stage.chromium, headless: true, baseURL: stage.url, viewport: { width: 1280, height: 900 },
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
context.setDefaultTimeout(60_000);
const complaints = [];
let expectRefusal = false; // a browser complains of an answer above 399; some are wanted here
let expectGone = false; // and of a server that is not there

async function open() {
  const page = await context.newPage();
  page.on("console", (m) => {
    if (m.type() === "error" && expectRefusal && /status of 40[13]/.test(m.text())) return;
    if (expectGone && /Failed to fetch|ERR_(CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE|INCOMPLETE_CHUNKED_ENCODING)/.test(m.text())) return;
    if (["error", "warning"].includes(m.type())) complaints.push(`${page.url()}: ${m.text()}`);
  });
  page.on("pageerror", (e) => complaints.push(`${page.url()}: ${e}`));
  return page;
}

const say = (what) => fetch(stage.control + "/send", { method: "POST", body: JSON.stringify(what) }).then((r) => assert.equal(r.status, 204));
const receipt = (id, stat, err) => `id:${id} sub:001 dlvrd:001 submit date:2601051800 done date:2601051801 stat:${stat} err:${err} text:Hello`;
const sees = (page, text) => page.locator("main").getByText(text).first().waitFor();
const shot = (page, name, fullPage = true) => stage.pictures && page.screenshot({ path: join(stage.pictures, name + ".png"), fullPage });

async function login(page, token) {
  expectRefusal = true;
  await page.goto("/");
  await page.getByLabel("Token").fill(token);
  await page.keyboard.press("Enter");
}

const steps = {
  async "a wrong token is refused, a good one lets in"() {
    const page = await open();
    await login(page, "wrong");
    await sees(page, "This token is not known here.");
    await page.getByLabel("Token").fill(stage.admin);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("link", { name: "Overview" }).waitFor();
    expectRefusal = false;
    const cookie = (await context.cookies()).find((c) => c.name === "dlrgate_session");
    assert.ok(cookie.httpOnly && cookie.sameSite === "Strict" && !cookie.value.includes(stage.admin));
    return page;
  },
  async "the overview renews itself"(page) {
    await page.locator("#live[data-state=on]").waitFor();
    const before = Number((await page.locator("#stored").innerText()).replace(/\D/g, ""));
    await say({ text: receipt("7700001", "DELIVRD", "000") });
    await page.waitForFunction((n) => Number(document.getElementById("stored").innerText.replace(/\D/g, "")) > n, before);
    await page.locator("#chart canvas").waitFor();
    await page.getByLabel("by").selectOption("operator");
    await page.locator("#chart .u-legend", { hasText: "acme" }).waitFor();
  },
  async "binds show a receipt that just came"(page) {
    await page.getByRole("link", { name: "Binds" }).click();
    const bind = page.locator("article", { hasText: "acme/gw/1" });
    await bind.getByText("bound", { exact: true }).waitFor();
    const n = Number((await bind.locator("dd").nth(3).innerText()).replace(/\D/g, ""));
    await say({ text: receipt("7700002", "DELIVRD", "000") });
    await page.waitForFunction((n) => [...document.querySelectorAll("article")].some((a) => a.innerText.includes("acme/gw/1") &&
      Number(a.querySelectorAll("dd")[3].innerText.replace(/\D/g, "")) > n), n);
    await bind.getByRole("button", { name: "Unbind…" }).click();
    await sees(page, "Unbind acme/gw/1?");
    await page.getByRole("button", { name: "Unbind" }).click();
    await sees(page, "acme/gw/1 is unbound and stays so.");
    await bind.getByRole("button", { name: "Bind", exact: true }).click();
    await sees(page, "acme/gw/1 binds again.");
    await bind.getByText("bound", { exact: true }).waitFor();
  },
  async "a message is found, shown and sent again"(page) {
    await say({ text: receipt("7700003", "UNDELIV", "001"), recipient: "33612345678" });
    await page.getByRole("link", { name: "Messages" }).click();
    await page.getByLabel("Message id").fill("07700003");
    await page.keyboard.press("Enter");
    const row = page.locator("tbody tr", { hasText: "7700003" });
    await row.getByText("permanent_error_absence").waitFor();
    assert.match(await row.innerText(), /3361\*+78/);
    await row.getByRole("link").first().click();
    await sees(page, "a rule of the operator");
    await sees(page, "ESME_ROK");
    assert.ok(!(await page.content()).includes("33612345678"), "a masked page holds the number");
    await page.getByRole("link", { name: "Show them" }).click();
    await sees(page, "33612345678");
    await page.locator("summary").click();
    await sees(page, "69 64 3a 37"); // "id:7"
    await page.getByLabel("Send it again to").selectOption("app");
    await page.getByRole("button", { name: "Replay" }).click();
    await sees(page, "sends it to app again.");
    const replayed = await fetch(stage.control + "/replayed");
    assert.equal(replayed.status, 204, await replayed.text());
  },
  async "endpoints show, act, and give up with a count"(page) {
    await page.getByRole("link", { name: "Endpoints" }).click();
    const billing = page.locator("article", { hasText: "billing" });
    await billing.getByText("down", { exact: true }).or(billing.getByText("failing", { exact: true })).first().waitFor();
    const app = page.locator("article", { hasText: "/app" });
    await app.getByRole("button", { name: "Pause" }).click();
    await sees(page, "app is paused");
    await say({ text: receipt("7700004", "DELIVRD", "000") });
    await app.locator("dd").first().getByText("1", { exact: true }).waitFor();
    await page.getByRole("link", { name: /things? needs? attention/ }).click();
    const paused = page.locator(".attention li", { hasText: "endpoint app: paused, 1 receipt waits" });
    await paused.getByRole("button", { name: "Resume" }).click();
    await sees(page, "app gets receipts again.");
    await paused.waitFor({ state: "detached" });
    await page.getByRole("link", { name: "Endpoints" }).click();
    await app.locator("dd").first().getByText("0", { exact: true }).waitFor();
    await app.getByRole("button", { name: "Send test event" }).click();
    await sees(page, "app took the test event: HTTP 20");
    await billing.getByRole("button", { name: "Send test event" }).click();
    await page.locator("p.alert[role=alert]", { hasText: "billing did not take the test event: answered 503" }).waitFor();
    assert.equal(await page.locator(".notice").count(), 0, "a failure is green");
    await billing.getByRole("link", { name: "billing" }).click();
    await sees(page, "answered 503");
    await page.getByRole("button", { name: /^Drop \d+ dead/ }).click();
    await page.getByRole("heading", { name: /^Drop \d+ deliver(y|ies) of billing for good\?/ }).waitFor();
    await page.getByRole("button", { name: "Drop them" }).click();
    await sees(page, /\d+ deliver(y|ies) dropped/);
  },
  async "a refused event is parked, given up, and retried"(page) {
    await say({ text: receipt("7700010", "DELIVRD", "000") });
    await page.goto("/endpoints");
    const crm = page.locator("article", { hasText: "crm" });
    const parked = crm.getByText("1 refused", { exact: true });
    for (let n = 0; n < 40 && !(await parked.isVisible()); n++) { // others must be taken between its tries
      await say({ text: receipt(`78000${n}`, "DELIVRD", "000") });
      await page.waitForTimeout(250);
    }
    await crm.getByRole("link", { name: "crm" }).click();
    await sees(page, "answered 422");
    await sees(page, "unknown number 3368*****21");
    const tries = Number(await page.locator("td[data-th=Tries]").innerText());
    await page.getByRole("button", { name: "Try 1 parked now" }).click();
    await sees(page, "1 delivery tried as soon as the endpoint takes others.");
    await page.waitForFunction((n) => [...document.querySelectorAll("td[data-th=Tries]")].some((td) => Number(td.innerText) > n), tries);
    await page.getByRole("button", { name: "Give up 1 parked…" }).click();
    await sees(page, "Give up 1 delivery to crm?");
    await page.getByRole("button", { name: "Give them up" }).click();
    await sees(page, "given up by an administrator");
    await shot(page, "refused");
    await page.getByRole("link", { name: /^rcpt_/ }).first().click();
    await page.locator("tr", { hasText: "crm" }).getByRole("button", { name: "Retry…" }).click();
    await sees(page, "Send 1 delivery again to crm?");
    await page.getByRole("link", { name: "Leave it" }).click();
    assert.equal((await fetch(stage.control + "/mend")).status, 200);
    await page.goto("/endpoints");
    await crm.getByRole("button", { name: "Retry 1 dead…" }).click();
    await sees(page, "Send 1 delivery again to crm?");
    await shot(page, "confirm");
    await page.getByRole("button", { name: "Send them again" }).click();
    await sees(page, "1 delivery on the way again.");
    await crm.getByRole("button", { name: /dead…/ }).first().waitFor({ state: "detached" });
  },
  async "a reload shows its plan and keeps the hits"(page) {
    await page.goto("/mapping");
    const hits = page.locator("article#acme tr", { hasText: "permanent_error_absence" }).locator("td").first();
    const before = await hits.innerText();
    assert.notEqual(before, "0");
    await page.getByRole("button", { name: "Reload the configuration…" }).click();
    await sees(page, "nothing changes");
    await page.getByRole("button", { name: "Reload", exact: true }).click();
    await sees(page, "Reloaded: nothing changed.");
    assert.equal(await hits.innerText(), before);
  },
  async "mapping explains, counts, and offers a rule"(page) {
    await page.getByRole("link", { name: "Mapping" }).click();
    await say({ text: receipt("7700005", "UNDELIV", "777") });
    const card = page.locator("article#acme");
    await card.getByText('- {stat: "UNDELIV", err: "777"').waitFor();
    await card.getByRole("button", { name: "Copy" }).first().click();
    await page.getByLabel("A receipt").fill(receipt("7700006", "UNDELIV", "001"));
    await page.getByRole("button", { name: "Explain" }).click();
    await page.locator("#explained .verdict", { hasText: "permanent_error_absence" }).waitFor();
  },
  async "hostile text is text"(page) {
    await say({ text: receipt("7700007", "UNDELIV", "666") + "<script>document.title='taken'</script><img src=x onerror=alert(1)>\u202egnp.exe\u0000" });
    await page.goto("/messages?message_id=7700007");
    await page.locator("tbody a").first().click();
    await sees(page, "<script>document.title='taken'</script>");
    await page.locator(".odd", { hasText: "\\u202e" }).first().waitFor();
    assert.doesNotMatch(await page.title(), /taken/);
  },
  async "the keyboard reaches everything"(page) {
    await page.goto("/binds");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to content");
    for (let i = 0; i < 30; i++) {
      await page.keyboard.press("Tab");
      if (await page.evaluate(() => document.activeElement.textContent.startsWith("Unbind"))) break;
      assert.notEqual(i, 29, "no Unbind button is reached by Tab");
    }
    await page.keyboard.press("/");
    await page.waitForURL("**/messages#find");
    assert.equal(await page.evaluate(() => document.activeElement.name), "message_id");
    await page.keyboard.type("a/7700003");
    assert.equal(await page.getByLabel("Message id").inputValue(), "a/7700003");
  },
  async "pages fit a phone"(page) {
    await page.setViewportSize({ width: 360, height: 740 });
    for (const path of ["/", "/binds", "/messages", "/endpoints", "/endpoints/billing", "/mapping"]) {
      await page.goto(path);
      const over = await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth ? [] :
        [...document.querySelectorAll("main *")].filter((e) => e.getBoundingClientRect().right > innerWidth).map((e) => e.outerHTML.slice(0, 80)));
      assert.deepEqual(over, [], `${path} is too wide for a phone`);
      assert.ok(await page.evaluate(() => document.querySelector("nav").scrollWidth <= document.querySelector("nav").clientWidth), "a tab is out of sight");
      await shot(page, "phone" + path.replaceAll("/", "-"));
    }
  },
  async "pictures"(page) {
    if (!stage.pictures) return;
    await page.setViewportSize({ width: 1280, height: 900 });
    await fetch(stage.control + "/traffic");
    for (const scheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme: scheme });
      for (const [name, path] of Object.entries({ overview: "/", binds: "/binds", messages: "/messages", endpoints: "/endpoints", endpoint: "/endpoints/billing", mapping: "/mapping" })) {
        await page.goto(path);
        if (name === "overview") await page.locator("#chart canvas").waitFor();
        await shot(page, `${name}-${scheme}`);
      }
      await page.goto("/");
      await page.locator("#chart canvas").waitFor();
      await shot(page, `readme-${scheme}`, false);
      await page.goto("/messages?message_id=7700003&reveal=1");
      await page.locator("tbody a").first().click();
      await shot(page, `message-${scheme}`);
      await shot(page, `readme-message-${scheme}`, false);
      await page.goto("/mapping");
      await page.getByLabel("A receipt").fill(receipt("7700006", "UNDELIV", "001"));
      await page.getByRole("button", { name: "Explain" }).click();
      await shot(page, `explained-${scheme}`);
    }
    await page.emulateMedia({ colorScheme: "light" });
  },
  async "a viewer sees and cannot act"(page) {
    await page.setViewportSize({ width: 1280, height: 900 });
    expectRefusal = true;
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByLabel("Token").waitFor();
    await shot(page, "login");
    await login(page, stage.viewer);
    await page.getByText("watcher · viewer").waitFor();
    expectRefusal = false;
    for (const path of ["/", "/binds", "/endpoints", "/endpoints/billing", "/messages", "/mapping"]) {
      await page.goto(path);
      const buttons = await page.locator("main button:not([data-copy])").allInnerTexts();
      assert.deepEqual(buttons.filter((b) => !["Search", "Explain"].includes(b)), [], path);
    }
    expectRefusal = true;
    const status = await page.evaluate(() => fetch("/act/pause", { method: "POST", body: new URLSearchParams({ name: "app" }) }).then((r) => r.status));
    assert.equal(status, 403);
    assert.equal((await page.goto("/messages?reveal=1")).status(), 403);
    expectRefusal = false;
  },
  async "a page whose gateway is gone says so"(page) {
    await page.goto("/");
    await page.locator("#live[data-state=on]").waitFor();
    assert.ok(await page.locator("#contact").isHidden());
    expectGone = true;
    assert.equal((await fetch(stage.control + "/stop")).status, 200);
    await page.locator("#contact", { hasText: /^No contact with the gateway since \d\d:\d\d:\d\d UTC/ }).waitFor();
    assert.equal(await page.locator(".well:visible").count(), 0, "it says that all is well");
    await shot(page, "gone");
  },
};

let failed = 0, page;
for (const [name, step] of Object.entries(steps)) {
  const begin = Date.now();
  try {
    page = (await step(page)) ?? page;
    assert.deepEqual(complaints, [], "the browser's console");
    console.log(`ok   ${name} (${Date.now() - begin} ms)`);
  } catch (e) {
    failed++;
    complaints.length = 0;
    console.log(`FAIL ${name}: ${e.stack}\n${page ? (await page.locator("main").innerText().catch(() => "")).slice(0, 3000) : ""}`);
    if (!page) break;
  }
}
await context.close();
rmSync(profile, { recursive: true, force: true });
process.exit(failed ? 1 : 0);
