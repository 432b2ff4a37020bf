/** A4 paper: heads repeat, entries stay whole, every page says when it was known and under which checkpoint. */
export const print = (asKnownAt: string, checkpoint: string): string => `
@page{size:A4;margin:16mm 14mm 18mm;
@bottom-left{content:${asKnownAt};font:8pt sans-serif;color:#5A5E66}
@bottom-center{content:${checkpoint};font:6.5pt monospace;color:#5A5E66}
@bottom-right{content:counter(page) " of " counter(pages);font:8pt sans-serif;color:#5A5E66}}
@media print{
html{font-size:8.5pt;line-height:12pt}
body{-webkit-print-color-adjust:exact;print-color-adjust:exact}
.page{display:block;max-width:none;padding:0}
nav,.skip,#times{display:none}
.top{padding-top:0}
section{padding-top:18pt}
#findings,#evidence{break-before:page}
h1{font-size:20pt;line-height:26pt}
h2{font-size:14pt;line-height:18pt}
h3{font-size:10.5pt;line-height:14pt;margin-top:14pt}
h3 .quiet,.terms dt{font-size:8.5pt}
h2,h3,h4,caption,.bears{break-after:avoid}
thead{display:table-header-group}
tr,.wrong,.terms>div,.lines,.manual li,pre{break-inside:avoid}
p{orphans:3;widows:3}
.sub,.summary{font-size:10pt;line-height:14.5pt}
.wrong{padding:8pt 0 10pt}
.wrong .bears,.wrong .facts{margin-left:64pt}
.wrong h3>.level{width:52pt}
.facts.wide{grid-template-columns:repeat(3,minmax(0,1fr))}
details{display:none}
th,td{padding:5pt 8pt 5pt 0}
code,pre,.held,.rests,caption,thead th,.status,.level,.note,.empty,dt,.manual,.since,.matched,table.findings td,table.findings time{font-size:7.5pt;line-height:10.5pt}
.glance th,.glance td{padding-right:4pt}
.glance thead .status{font-size:5.8pt;line-height:8pt}
.lines>div{grid-template-columns:110pt minmax(0,1fr)}
.id .mid::before{font-size:7.5pt}
a{color:inherit;text-decoration:none}
}
`;
