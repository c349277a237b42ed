// Package citation finds what a text cites: statutes, articles, document
// numbers and guiding cases, and says each in one normal form.
//
// The normal form is ID@version#article-sub.paragraph(item), each part only
// where it is said: L02@2018#265.1(3) is 刑事诉讼法第二百六十五条第一款第（三）项,
// L01#133-1.1 is 刑法第一百三十三条之一第一款. ID is the row of the statutes
// table. The version is the year of the text meant. It is written when the
// table says that article numbers moved between versions (刑事诉讼法, 监狱法 ...)
// and when a text names a version that is not the statute's own; else it is
// left out. A statute in 《》 that the table does not know keeps its title:
// 《刑法修正案（八）》#3. A document number alone is its own normal form, with
// six-corner brackets and without 第 or leading zeros: 法释〔2016〕23号.
//
// A text is read once from left to right: a head (a title in 《》, an alias from
// the table, a document number, a short name given in the same text, or a word
// that points back such as 该条 and 本规定), then its tail (version notes, 条,
// 之一, 款, 项), then as many more as the list or range goes on for. What a head
// meant is remembered until the text ends, so texts must be parsed item by
// item. A range gives its two ends, each with its own place in the text.
//
// Matching is done on a folded copy (see Fold), so full-width digits, traditional
// characters and zero-width characters do not matter, while every offset is one
// into the text as given.
package citation
