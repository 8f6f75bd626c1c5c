// What pages cannot do without a script: tell whether they are live, draw the
// chart, copy a rule, find the search by a key. Everything else works without it.
"use strict";

const live = document.getElementById("live");
const every = 5000; // ms: how often figures and the gateway itself are asked for
let renewed = new Date(); // when this page last was as the gateway said
let answered = renewed; // when the gateway last answered anything
let there = true; // whether it answered when it was last asked
function setLive(on) {
  if (!live) return;
  if (on || live.dataset.state === "on") renewed = new Date();
  if (on) {
    answered = renewed;
    there = true;
  }
  live.dataset.state = on ? "on" : "off";
  live.textContent = on ? "live" : "not live";
  tellContact();
}
document.addEventListener("htmx:sse:after:message", () => setLive(true));
document.addEventListener("htmx:sse:after:connection", () => setLive(true));
document.addEventListener("htmx:sse:error", () => setLive(false));
document.addEventListener("htmx:sse:close", () => setLive(false));

// What stands on a page is worth nothing when its gateway is gone, and old when
// nobody renews it: both are said over it, and it goes grey.
const contact = document.getElementById("contact");
function tellContact() {
  const at = (t) => t.toISOString().slice(11, 19) + " UTC";
  const old = live && live.dataset.state === "off" && Date.now() - renewed > 2 * every;
  let said = "";
  if (!there) said = `No contact with the gateway since ${at(answered)}: what stands here is from then. Is it running?`;
  else if (old) said = `Not renewed since ${at(renewed)}: what stands here is from then. Load the page again.`;
  if (contact.textContent !== said) contact.textContent = said;
  contact.hidden = said === "";
  document.body.toggleAttribute("data-contact", said !== "");
}
async function askContact() {
  if (document.hidden) return;
  try {
    await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(every - 1000) }); // any answer is one
    there = true;
    answered = new Date();
  } catch {
    there = false;
    setLive(false);
  }
  tellContact();
}
setInterval(askContact, every);
document.addEventListener("visibilitychange", askContact);

// "/" leads to the search, wherever it is typed outside a field.
const search = document.querySelector("[role=search] input");
if (location.hash === "#find") search?.focus();
document.addEventListener("keydown", (e) => {
  if (e.key !== "/" || e.ctrlKey || e.metaKey || e.altKey || e.target.closest("input, select, textarea")) return;
  e.preventDefault();
  if (search) search.focus();
  else location.assign("/messages#find");
});

document.addEventListener("click", async (e) => {
  const button = e.target.closest("[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = "Copied";
  } catch { // no clipboard without TLS: the line is selected, to be copied by hand
    getSelection().selectAllChildren(button.previousElementSibling);
  }
});

const chart = document.getElementById("chart");
if (chart) drawing();

// Each line has its own dash and its own mark in the legend, so that none is
// told by its colour alone.
function drawing() {
  const by = document.getElementById("chart-by");
  const range = document.getElementById("chart-range");
  const dashes = [[], [8, 4], [2, 3], [10, 3, 2, 3], [5, 5], [14, 4], [2, 6], [6, 2, 2, 2], [1, 2]];
  const lines = ["━", "╍", "┅", "╌", "┄", "┉", "┈", "─", "┇"];
  const marks = { general: "●", temporary: "▲", permanent: "■", other: "◆" };
  const light = ["#0a5ea8", "#8f6400", "#b3401a", "#7a3f8f", "#1b7f5c", "#5a6673", "#a8327e", "#3c8dd6", "#777"];
  const dark = ["#6db5f2", "#f0c05a", "#ff9a73", "#d09be6", "#6fd3a3", "#9aa7b4", "#f28cc6", "#a5d4ff", "#aaa"];
  const night = matchMedia("(prefers-color-scheme: dark)");
  let plot = null, shape = "";

  const clock = (t, seconds) => (t == null ? "" : new Date(t * 1e3).toISOString().slice(11, seconds ? 19 : 16)); // UTC

  function draw(data) {
    const now = [by.value, range.value, night.matches, ...data.series.map((s) => s.name)].join("|");
    const columns = [data.times, ...data.series.map((s) => s.values)];
    if (plot && now === shape) {
      plot.setData(columns);
      return;
    }
    shape = now;
    plot?.destroy();
    chart.replaceChildren();
    const style = getComputedStyle(document.body);
    const ink = style.getPropertyValue("--soft"), grid = { stroke: style.getPropertyValue("--line"), width: 1 };
    const colours = night.matches ? dark : light;
    const worded = (v) => (v == null ? "–" : v.toFixed(data.unit === "%" ? 1 : 2));
    const axis = { stroke: ink, grid, ticks: grid, font: "12px system-ui, sans-serif" };
    plot = new uPlot({
      width: chart.clientWidth, height: 220, padding: [12, 28, 0, 0],
      scales: { y: { range: (u, min, max) => [0, data.unit === "%" ? 100 : Math.max(1, (max || 0) * 1.1)] } },
      axes: [{ ...axis, space: 75, values: (u, ticks, i, space, step) => ticks.map((t) => clock(t, step < 60)) }, { ...axis, size: 55, label: data.unit, labelFont: axis.font, labelSize: 18 }],
      cursor: { y: false },
      series: [
        { label: "UTC", value: (u, t) => clock(t, true) || "now" },
        ...data.series.map((s, i) => ({
          label: `${marks[s.name] || lines[i]} ${s.name}`, stroke: colours[i], width: 2, dash: dashes[i],
          points: { show: false }, value: (u, v, n, at) => worded(v ?? (at == null ? u.data[n].findLast((x) => x != null) : null)),
        })),
      ],
    }, columns, chart);
    plot.root.querySelectorAll(".u-legend .u-label").forEach((label, i) => {
      if (i > 0) label.style.color = colours[i - 1];
    });
  }

  async function renew() {
    if (document.hidden) return;
    try {
      const answer = await fetch(`${chart.dataset.src}?by=${by.value}&range=${range.value}`);
      if (answer.ok) draw(await answer.json());
    } catch {
      setLive(false);
    }
  }
  by.addEventListener("change", renew);
  range.addEventListener("change", renew);
  night.addEventListener("change", renew);
  addEventListener("resize", () => plot?.setSize({ width: chart.clientWidth, height: 220 }));
  setInterval(renew, every);
  renew();
}
