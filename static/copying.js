// Copying a field, and rows of a table.

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  const told = button.closest(".copy").querySelector("[role='status']");
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    told.textContent = "Copied.";
  } catch {
    told.textContent = "It is selected: copy it with your keyboard.";
  }
});

// Rows of a table are pasted as rows: a cell has its small print beside it, not below.

const NOT_CONTENT = ".actions, .select, .unseen, button, input, svg";

const textOf = (cell) => {
  for (const each of cell.querySelectorAll(NOT_CONTENT)) each.remove();
  for (const small of cell.querySelectorAll("small")) small.prepend("; ");
  for (const end of cell.querySelectorAll("br")) end.replaceWith(" ");
  return cell.textContent.replace(/\s+/g, " ").replace(/ ; /g, "; ").trim();
};

document.addEventListener("copy", (event) => {
  const selection = document.getSelection();
  if (!selection.rangeCount) return;
  const holder = document.createElement("div");
  holder.append(selection.getRangeAt(0).cloneContents());
  const rows = [...holder.querySelectorAll("tr")];
  // Within one row, and of more than a table, the browser copies as it does.
  if (rows.length < 2 || holder.querySelector("h1, h2, form")) return;
  const html = holder.innerHTML;
  const lines = rows.map((row) =>
    [...row.children]
      .filter((cell) => !cell.matches(NOT_CONTENT))
      .map(textOf)
      .join("\t"),
  );
  event.clipboardData.setData("text/plain", lines.join("\n"));
  event.clipboardData.setData("text/html", html);
  event.preventDefault();
});
