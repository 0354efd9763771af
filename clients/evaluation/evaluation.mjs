// Which variants a visitor gets, from the document of what runs: by docs/reference/edge.md and
// docs/reference/audiences.md, and tried with vectors.json. It depends on nothing.

const rotated = (bits, by) => (bits << by) | (bits >>> (32 - by));
const mixed = (block) => Math.imul(rotated(Math.imul(block, 0xcc9e2d51), 15), 0x1b873593);
const block = (bytes, begin, end) => {
  let all = 0;
  for (let at = begin; at < end; at += 1) all |= bytes[at] << (8 * (at - begin));
  return all;
};

// MurmurHash3 (x86, 32 bits, seed 0, unsigned) of the text in UTF-8, modulo 10,000.
const place = (text) => {
  const bytes = new TextEncoder().encode(text);
  const whole = bytes.length - (bytes.length % 4);
  let hash = 0;
  for (let at = 0; at < whole; at += 4) {
    hash = Math.imul(rotated(hash ^ mixed(block(bytes, at, at + 4)), 13), 5) + 0xe6546b64;
  }
  hash ^= mixed(block(bytes, whole, bytes.length)) ^ bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % 10000;
};

const numberOf = (text) => (/^-?\d{1,15}(\.\d{1,10})?$/.test(text) ? Number(text) : Number.NaN);
const asNumber = (known) => (isText(known) ? numberOf(known) : known);
const isText = (known) => typeof known === "string";

// The page of an address: without scheme, query, fragment and last slashes.
const pageOf = (address) => {
  const [, host, path] = address
    .replace(/[?#].*$/s, "")
    .replace(/^.*?:\/\//s, "")
    .match(/^([^/]*)(.*)$/s);
  return (host.toLowerCase() + path).replace(/\/+$/, "");
};

const FITS = {
  is: (known, value) => known === (isText(known) ? value : numberOf(value)),
  contains: (known, value) => isText(known) && known.includes(value),
  matches: (known, value) => isText(known) && new RegExp(value, "su").test(known),
  same_page: (known, value) => isText(known) && pageOf(known) === pageOf(value),
  at_least: (known, value) => asNumber(known) >= Number(value),
  at_most: (known, value) => asNumber(known) <= Number(value),
};

const has = (context, name) => Object.prototype.hasOwnProperty.call(context, name);
const found = (name, context) => {
  if (has(context, name)) return context[name];
  const [outer, ...inner] = name.split(".");
  const within = has(context, outer) ? context[outer] : undefined;
  const isObject = within && typeof within === "object" && !Array.isArray(within);
  return isObject && has(within, inner.join(".")) ? within[inner.join(".")] : undefined;
};
const knownOf = (each) =>
  typeof each === "boolean" ? [String(each)] : isText(each) || Number.isFinite(each) ? [each] : [];

// Of a list no more are looked at.
const MOST_ELEMENTS = 100;
// What is not known meets no condition, negated or not.
const isMet = ({ attribute, operator, values, negated }, context) => {
  const known = [].concat(
    ...[].concat(found(attribute, context)).slice(0, MOST_ELEMENTS).map(knownOf),
  );
  const fits = known.some((each) => values.some((value) => FITS[operator](each, value)));
  return known.length > 0 && fits !== (negated === true);
};

// Whether the visitor of whom `context` is known is in the audience: everybody is in an empty one.
const isIn = (audience, context) =>
  !audience.length || audience.some((group) => group.every((each) => isMet(each, context)));

// Who always sees a variant is named by places: in a document that says nothing of them, nobody.
const decided = (
  { key, salt, allocation, split, audience, variants, always = {} },
  unit,
  context,
) => {
  const at = (purpose) => place(`${salt}.${purpose}.${unit}`);
  const flag = ({ key: variant, value }, reason, metadata) => [
    { key, value, variant, reason, metadata },
  ];
  const named = variants[always[[..."abcd"].map(at)]];
  if (named) return flag(named, "TARGETING_MATCH");
  if (!isIn(audience, context) || at("allocation") >= allocation) return [];
  return flag(variants[split.findIndex((end) => at("split") < end)], "SPLIT", { run: salt });
};

// The flags of a visitor, as an evaluation of all by the server answers them.
const evaluate = ({ experiments, shipped }, unit, context) =>
  [].concat(...experiments.map((each) => decided(each, unit, context))).concat(shipped);

export { evaluate, isIn, place };
