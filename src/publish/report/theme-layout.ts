/** Type, space and alignment. Sizes 12.5, 14, 16, 20, 28 px on a 4-pixel grid; lines of text at most 75 characters. */
export const layout = `
*{box-sizing:border-box}
html{font:14px/20px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif;font-variant-numeric:tabular-nums;-webkit-text-size-adjust:100%;scroll-padding-top:16px}
body{margin:0;background:var(--paper);color:var(--ink)}
.page{max-width:1400px;margin:0 auto;padding:0 20px 64px}
@media (min-width:1240px){.page{display:grid;grid-template-columns:200px minmax(0,1fr);gap:48px;padding:0 32px 96px}}
main{min-width:0;outline:0}
a{color:var(--link);text-underline-offset:2px;text-decoration-thickness:1px}
a:focus-visible,button:focus-visible,summary:focus-visible{outline:2px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-999px;top:8px;padding:8px 12px;background:var(--raised);z-index:1}
.skip:focus{left:8px}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.defs{position:absolute}
.quiet{color:var(--quiet)}
.nowrap,.mark time,.top time,.summary time{white-space:nowrap}
code,pre{font-family:ui-monospace,"Cascadia Mono","SF Mono",Menlo,Consolas,"Noto Sans Mono","DejaVu Sans Mono",monospace;font-size:12.5px}
code{overflow-wrap:anywhere}
dd,td,th,li,h1,h2,h3,code,p{unicode-bidi:isolate}
.id{line-height:1;user-select:all;cursor:copy}
.id .mid{font-size:0}
.id .mid::before{content:"…";font-size:12.5px;line-height:0}
.all{user-select:all}
pre{margin:8px 0 20px;padding:12px 16px;background:var(--raised);border:1px solid var(--rule);white-space:pre-wrap;overflow-wrap:anywhere;line-height:18px}

nav{padding-top:20px;font-size:12.5px}
nav ol{list-style:none;margin:0;padding:0;counter-reset:n;columns:2 200px;column-gap:24px}
nav li{counter-increment:n;padding:2px 0;display:flex;gap:8px;break-inside:avoid}
nav li::before{content:counter(n);color:var(--quiet);min-width:12px}
nav a{color:inherit;text-decoration:none}
nav a:hover{text-decoration:underline}
#times:empty{display:none}
button{font:inherit;font-size:12.5px;text-align:left;color:var(--link);background:none;border:1px solid var(--rule);padding:4px 8px;cursor:pointer}
@media (min-width:1240px){nav{position:sticky;top:0;align-self:start;padding-top:44px}nav ol{columns:auto;border-left:1px solid var(--rule);padding-left:16px}nav li{padding:4px 0}#times{padding-left:16px}}

.top{padding:36px 0 24px;border-bottom:2px solid var(--ink)}
.mark{display:flex;align-items:center;gap:10px;margin:0 0 20px;font-size:12.5px;letter-spacing:.04em;color:var(--quiet)}
.line{stroke:var(--ink);stroke-width:1;fill:none}
.bob{fill:var(--ink)}
h1{font-size:28px;line-height:36px;font-weight:600;margin:0;letter-spacing:-.01em;overflow-wrap:anywhere}
.sub{font-size:16px;line-height:24px;margin:4px 0 20px;color:var(--quiet)}
.summary{font-size:16px;line-height:26px;max-width:75ch;margin:24px 0 8px}
main{counter-reset:section}
section{padding-top:44px}
h2{counter-increment:section;font-size:20px;line-height:28px;font-weight:600;margin:0 0 16px;padding-bottom:8px;border-bottom:1px solid var(--ink);display:flex;gap:12px}
h2::before{content:counter(section);color:var(--quiet);font-weight:400}
h3{font-size:16px;line-height:24px;font-weight:600;margin:28px 0 4px;overflow-wrap:anywhere}
h3 .quiet{font-weight:400;font-size:14px}
h4{font-size:14px;font-weight:600;margin:20px 0 8px}
section>p,article>p{max-width:75ch;margin:4px 0 12px}
.note,.empty{color:var(--quiet);font-size:12.5px;line-height:18px;max-width:90ch}
.note strong{color:var(--ink);font-weight:600}
.empty{font-size:14px;line-height:20px}

dl,dd,dt{margin:0}
dt{color:var(--quiet);font-size:12.5px}
dd{overflow-wrap:anywhere}
.facts{display:grid;gap:12px 24px}
.facts.wide{grid-template-columns:repeat(auto-fill,minmax(min(280px,100%),1fr));margin:0}
.wrong{padding:16px 0 18px;border-bottom:1px solid var(--rule)}
.wrong:first-of-type{padding-top:0}
.wrong h3,.group h3{display:flex;gap:12px;margin:0;align-items:baseline}
.wrong .bears{color:var(--quiet);margin:2px 0 10px;max-width:90ch}
.level{display:inline-flex;gap:8px;align-items:center;font-size:12.5px;font-weight:400;white-space:nowrap;flex:none}
.status{white-space:nowrap;font-size:12.5px;font-weight:600;letter-spacing:.02em}
.glyph{display:inline-block;width:18px;font-family:"Segoe UI Symbol","Apple Symbols","Noto Sans Symbols 2","DejaVu Sans",sans-serif;font-weight:400}
.status .glyph{font-weight:600}

table{width:100%;border-collapse:collapse;margin:8px 0 20px}
caption{text-align:left;color:var(--quiet);font-size:12.5px;line-height:18px;padding-bottom:8px}
th,td{text-align:left;vertical-align:top;padding:8px 20px 8px 0;border-bottom:1px solid var(--rule);font-weight:400;overflow-wrap:anywhere}
th:last-child,td:last-child{padding-right:0}
thead th{font-size:12.5px;color:var(--quiet);vertical-align:bottom;padding-bottom:4px;border-bottom-color:var(--quiet)}
td p{margin:0}
.ref{font-weight:600;white-space:nowrap}
.ribbon{display:block;width:100%;overflow:visible;margin-top:2px}
.axis{display:flex;justify-content:space-between;gap:8px;white-space:nowrap}
.held{display:block;color:var(--quiet);font-size:12.5px;line-height:18px;margin-top:4px}
.bar{display:block;width:100%;margin-top:4px}
.n{font-weight:600}
.zero{color:var(--quiet)}
details{font-size:12.5px;line-height:18px}
summary{cursor:pointer;color:var(--link);width:max-content}
.changes{list-style:none;margin:4px 0 0;padding:0}
.rests{list-style:none;margin:4px 0 0;padding:0;font-size:12.5px;line-height:18px}
.matched{display:grid;gap:6px;font-size:12.5px;line-height:18px}
.matched dt{color:var(--ink);line-height:18px}
.lines{display:grid;gap:2px;margin:8px 0 4px}
.since{color:var(--quiet);font-size:12.5px;line-height:18px}
.strip{display:block;width:100%}
.group{padding-top:28px}
.group h3{align-items:baseline}
.group .bears{color:var(--quiet);max-width:none;margin:2px 0 4px}
.manual{columns:3 240px;column-gap:32px;list-style:none;margin:0;padding:0;font-size:12.5px;line-height:18px}
.manual li{break-inside:avoid;padding:0 0 4px}
.steps{max-width:75ch;padding-left:20px}
.steps li{padding:2px 0}
.terms{display:grid;gap:12px}
.terms dt{color:var(--ink);font-weight:600;font-size:14px}
.terms dd{max-width:75ch}

@media (min-width:900px),print{
.glance th,.glance td{padding-right:10px}
.glance thead .status{white-space:normal;display:block;font-weight:400;line-height:16px;letter-spacing:0}
.glance thead .glyph{display:block}
.glance thead th{vertical-align:top}
.c-number{text-align:right}
.levels td{vertical-align:middle}
.levels th{vertical-align:middle}
table.findings time{font-size:12.5px}
.matched>div{display:grid;grid-template-columns:minmax(0,2fr) minmax(0,3fr);gap:12px}
.lines>div{display:grid;grid-template-columns:176px minmax(0,1fr);align-items:baseline}
.terms>div{display:grid;grid-template-columns:128px minmax(0,1fr)}
.wrong h3>.level{width:96px}
.wrong .bears,.wrong .facts{margin-left:108px}
.wrong .facts{grid-template-columns:minmax(0,5fr) minmax(0,5fr) minmax(0,5fr) minmax(0,8fr)}
}
@media screen and (max-width:899.98px){
table,tbody,tr,td,th,caption{display:block}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
tr{padding:12px 0;border-bottom:1px solid var(--rule)}
th,td{border:0;padding:2px 0}
tbody th{font-size:14px;padding-bottom:4px}
td{display:grid;grid-template-columns:104px minmax(0,1fr);column-gap:8px}
td::before{content:attr(data-label);color:var(--quiet);font-size:12.5px}
.facts>div,.lines>div,.terms>div{display:grid;grid-template-columns:104px minmax(0,1fr);gap:8px}
.glance td>div:has(.bar){display:grid;grid-template-columns:36px minmax(0,1fr);align-items:center}
.glance .bar{margin:0}
.facts{gap:6px}
.wrong h3,.group h3{flex-direction:column;gap:0}
h1{font-size:24px;line-height:32px}
nav ol{columns:auto;display:flex;flex-wrap:wrap;gap:0 16px}
.top{padding-top:20px}
}
`;
