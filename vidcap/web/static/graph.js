// The delay of the last sentences as bars, newest at the right.

const SVG = "http://www.w3.org/2000/svg";
const BARS = 60;

function part(name, attributes, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  if (text !== undefined) element.textContent = text;
  return element;
}

/** Return the least of 0.5, 1, 2, 5, 10, 20 … that is not below a value. */
export function ceiling(value) {
  for (let power = 0.1; power < 1e6; power *= 10) {
    for (const step of [5, 10, 20]) if (value <= step * power + 1e-9) return step * power;
  }
  return value;
}

/** Draw delays in seconds into an svg element; limit is where most are below, or null. */
export function draw(svg, delays, limit) {
  const width = svg.clientWidth || 300, height = svg.clientHeight || 60;
  const shown = delays.slice(-BARS);
  const left = 34, base = height - 3, top = 8;
  const most = ceiling(Math.max(0.5, limit ?? 0, ...shown));
  const y = (value) => base - (base - top) * Math.min(1, value / most);
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const step = (width - left) / BARS;
  const parts = [
    part("line", { class: "axis", x1: left, x2: width, y1: base, y2: base }),
    part("line", { class: "axis", x1: left, x2: width, y1: top, y2: top }),
    part("text", { x: 0, y: top + 4 }, `${+most.toFixed(1)} s`),
    part("text", { x: 0, y: base }, "0"),
  ];
  shown.forEach((delay, place) => {
    const x = width - (shown.length - place) * step;
    const isSlow = limit !== null && delay > limit;
    const tall = Math.max(1.5, base - y(delay));
    parts.push(part("rect", { class: isSlow ? "slow" : "delay", x, y: base - tall, width: Math.max(1, step - 2), height: tall, rx: 1 }));
  });
  if (limit !== null) parts.push(part("line", { class: "limit", x1: left, x2: width, y1: y(limit), y2: y(limit) }));
  svg.replaceChildren(...parts);
}
