// Asks the browser for a passkey, or to make one, and sends its answer by the page's form #passkey. Without scripts, or
// without passkeys, that form stays hidden.
const form = document.querySelector('#passkey');
const note = document.querySelector('#passkey-note');
const AGAIN_MS = 4 * 60 * 1000; // a challenge lives five minutes

/** What waits for the person to choose a passkey in the list under the field. */
let waiting;

if (form && window.PublicKeyCredential) {
  form.hidden = false;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    press();
  });
  if (form.dataset.autofill) offerInAutofill();
}

async function press() {
  waiting?.abort();
  note.hidden = true;
  try {
    send(await ask({}));
  } catch {
    note.hidden = false; // refused, timed out, or there is none: browsers don't tell which
    if (form.dataset.autofill) offerInAutofill();
  }
}

async function offerInAutofill() {
  const isPossible = await PublicKeyCredential.isConditionalMediationAvailable?.();
  if (!isPossible) return;
  const mine = new AbortController();
  waiting = mine;
  const timer = setTimeout(() => {
    mine.abort();
    offerInAutofill();
  }, AGAIN_MS);
  try {
    send(await ask({ mediation: 'conditional', signal: mine.signal }));
  } catch {
    // Nobody chose one. The button is still there.
  }
  if (mine.signal.aborted) clearTimeout(timer);
}

async function ask(how) {
  const response = await fetch(form.dataset.options, { headers: { Accept: 'application/json' } });
  if (response.redirected) location.reload(); // another step is due by now
  const publicKey = await response.json();
  return publicKey.user
    ? navigator.credentials.create({ publicKey: creation(publicKey) })
    : navigator.credentials.get({ publicKey: request(publicKey), ...how });
}

function send(credential) {
  const { id, type, rawId, response } = credential;
  const answer = { clientDataJSON: text(response.clientDataJSON) };
  if (response.attestationObject) {
    answer.attestationObject = text(response.attestationObject);
    answer.transports = response.getTransports?.() ?? [];
  } else {
    answer.authenticatorData = text(response.authenticatorData);
    answer.signature = text(response.signature);
    answer.userHandle = response.userHandle ? text(response.userHandle) : undefined;
  }
  form.elements.credential.value = JSON.stringify({
    id,
    type,
    rawId: text(rawId),
    response: answer,
  });
  form.submit();
}

const request = (options) => ({
  ...options,
  challenge: bytes(options.challenge),
  allowCredentials: options.allowCredentials.map(described),
});

const creation = (options) => ({
  ...options,
  challenge: bytes(options.challenge),
  user: { ...options.user, id: bytes(options.user.id) },
  excludeCredentials: options.excludeCredentials.map(described),
});

const described = (credential) => ({ ...credential, id: bytes(credential.id) });

function bytes(base64url) {
  const binary = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

function text(buffer) {
  const binary = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
