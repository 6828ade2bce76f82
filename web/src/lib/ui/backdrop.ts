/**
 * Close a dialog by a click on its backdrop (attach it). A click begins there too: whoever marks a text and lets go beside the
 * dialog closes nothing.
 */
export function closedByBackdrop(dialog: HTMLDialogElement): () => void {
  let beside = false;
  const press = (event: Event) => (beside = event.target === dialog);
  const click = (event: Event) => {
    if (beside && event.target === dialog) dialog.close();
  };
  dialog.addEventListener('pointerdown', press);
  dialog.addEventListener('click', click);
  return () => {
    dialog.removeEventListener('pointerdown', press);
    dialog.removeEventListener('click', click);
  };
}
