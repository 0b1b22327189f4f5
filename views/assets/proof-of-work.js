// Solves the puzzle of the page's form (src/identity/bot-guard/proof-of-work.ts) while the person fills it in; whoever is
// quicker is kept waiting until it is done.
const field = document.querySelector('input[data-challenge]');
const form = field.form;
const waiting = document.getElementById('guard-waiting');
const text = new TextEncoder();
const AT_A_TIME = 500;

async function hasZeros(solution, bits) {
  const digest = await crypto.subtle.digest('SHA-256', text.encode(solution));
  return Math.clz32(new DataView(digest).getUint32(0)) >= bits;
}

async function solve(challenge) {
  const bits = Number(challenge.split('.', 1)[0]);
  for (let start = 0; ; start += AT_A_TIME) {
    const tries = Array.from({ length: AT_A_TIME }, (_, i) => `${challenge}~${start + i}`);
    const found = await Promise.all(tries.map((one) => hasZeros(one, bits)));
    if (found.includes(true)) return tries[found.indexOf(true)];
  }
}

form.addEventListener('submit', (event) => {
  if (field.value) return;
  event.preventDefault();
  waiting.hidden = false;
  form.dataset.sent = 'true';
});

async function fill() {
  field.value = await solve(field.dataset.challenge);
  if (form.dataset.sent) form.submit();
}

void fill();
