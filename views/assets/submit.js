// Sends the page's one form by itself; without scripts, its button does.
document.forms[0].submit();
