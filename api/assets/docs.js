// Shows /openapi.json: one fold per route, its parameters, body and answer as tables.
"use strict";

const element = (tag, text, className) => {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  if (className) node.className = className;
  return node;
};

const resolve = (spec, schema) => {
  if (!schema || !schema.$ref) return schema || {};
  return spec.components.schemas[schema.$ref.split("/").pop()] || {};
};

// An optional reference is oneOf [null, $ref]; the null is told by the type column.
const present = (spec, schema) => {
  const choice = (schema.oneOf || []).find((s) => s.type !== "null");
  return resolve(spec, choice || schema);
};

const typeOf = (spec, schema) => {
  const nullable = (schema.oneOf || []).some((s) => s.type === "null") ? " | null" : "";
  const full = present(spec, schema);
  if (full.enum) return full.enum.join(" | ") + nullable;
  if (full.type === "array") return typeOf(spec, full.items) + "[]";
  return [].concat(full.type || "object").join(" | ") + nullable;
};

const rows = (spec, schema, depth, seen) => {
  const full = present(spec, schema);
  if (full.type === "array") return rows(spec, full.items, depth, seen);
  if (seen.has(full)) return [];
  const inside = new Set(seen).add(full);
  return Object.entries(full.properties || {}).flatMap(([name, field]) => [
    ["  ".repeat(depth) + name, typeOf(spec, field), field.description || ""],
    ...rows(spec, field, depth + 1, inside),
  ]);
};

const table = (title, lines) => {
  const box = element("section");
  if (!lines.length) return box;
  box.append(element("h3", title));
  const grid = element("table");
  for (const line of lines) {
    const row = element("tr");
    line.forEach((cell) => row.append(element("td", cell)));
    grid.append(row);
  }
  box.append(grid);
  return box;
};

const json = (content) => content && content.content && content.content["application/json"].schema;

const fold = (spec, path, method, operation) => {
  const box = element("details");
  const head = element("summary");
  head.append(element("span", method.toUpperCase(), "method " + method), element("span", path, "path"));
  head.append(element("span", " " + (operation.summary || "")));
  box.append(head, element("p", operation.description || ""));
  const parameters = (operation.parameters || []).map((p) => [
    p.name, typeOf(spec, p.schema) + (p.required ? ", required" : ""), p.description || "",
  ]);
  box.append(table("Query", parameters));
  box.append(table("Body", operation.requestBody ? rows(spec, json(operation.requestBody), 0, new Set()) : []));
  const answer = json(operation.responses["200"]);
  box.append(table("Answer", answer ? rows(spec, answer, 0, new Set()) : []));
  return box;
};

fetch("/openapi.json").then((answer) => answer.json()).then((spec) => {
  const main = document.getElementById("routes");
  for (const [path, item] of Object.entries(spec.paths)) {
    for (const [method, operation] of Object.entries(item)) main.append(fold(spec, path, method, operation));
  }
});
