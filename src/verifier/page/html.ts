const style = `
:root{color-scheme:light dark;--paper:#FCFBF9;--raised:#F5F3EE;--ink:#1D1F24;--quiet:#5A5E66;--rule:#DAD6CD;--link:#2B4A7F;--fail:#B3261E;--pass:#0B6E55}
@media(prefers-color-scheme:dark){:root{--paper:#15171B;--raised:#1C1F24;--ink:#E7E5E0;--quiet:#A6ABB4;--rule:#363A42;--link:#A9C3F5;--fail:#FF8A80;--pass:#6FD6B4}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/24px system-ui,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:75ch;margin:0 auto;padding:40px 24px}
h1{font-size:28px;line-height:36px;font-weight:600;margin:0 0 8px}
p{margin:0 0 16px}
.quiet{color:var(--quiet);font-size:14px}
label{display:block;margin:16px 0 4px;font-size:14px}
input,textarea{width:100%;font:12.5px/20px ui-monospace,monospace;color:inherit;background:var(--raised);border:1px solid var(--rule);padding:8px}
input[type=file]{padding:24px;border-style:dashed;font:14px/20px system-ui,sans-serif}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
#answer{font-size:20px;line-height:28px;margin:32px 0 8px;min-height:28px}
.s-pass{color:var(--pass)}.s-fail{color:var(--fail)}
pre{font:12.5px/20px ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere;margin:0;border-top:1px solid var(--rule);padding-top:16px}
`;

/** The verifier as one page: nothing is loaded, and nothing can be sent. */
export const pageOf = (script: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'">
<title>Verify evidence · Plumbline</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>Verify evidence</h1>
<p>Pick the folder of a lake or of an evidence bundle, or drop it anywhere on this page. Every hash, row and signature is
computed again here; the page loads nothing and sends nothing.</p>
<label for="folder">Lake or bundle</label>
<input id="folder" type="file" webkitdirectory multiple>
<label for="key">Verifier key, had from somewhere else than the evidence</label>
<input id="key" autocomplete="off" spellcheck="false" placeholder="origin/writer+1a2b3c4d+A…">
<label for="since">A checkpoint that was kept elsewhere</label>
<textarea id="since" rows="5" spellcheck="false"></textarea>
<label for="payload">Key file of an encrypted lake, or data keys that were exported for you</label>
<input id="payload" type="password" autocomplete="off" spellcheck="false">
<p class="quiet">All may stay empty; the answer then says what that leaves open.</p>
<p id="answer" role="status"></p>
<pre id="report" tabindex="0" aria-label="Report"></pre>
</main>
<script>${script.replaceAll('</script', String.raw`<\/script`)}</script>
</body>
</html>
`;
