//! Which of the items that are quoted can be laid out now.
//!
//! An item whose lines depend on what fills its holes stays as tokens, and of an implementation or a trait only the members that do.

use std::ops::Range;

use pipe_tokens::{Delimiter, Kind, lay_out};

use crate::read::{Filler, Row};

/// The row with everything that can be laid out now in one piece; none if that is nothing, or if the row is not one of items.
pub(crate) fn laid_out(row: &Row) -> Option<Row> {
    let (row, any) = with_plain_items(row, 0..row.tokens.all().len())?;
    let holes = lay_out(&row.tokens)?;
    let holes = holes.iter().filter(|it| it.is_hole()).count();
    (any && holes == row.fillers.len()).then_some(())?;
    let mut laid = Row::default();
    laid.add_hole(Kind::Holes, Filler::Laid(row));
    Some(laid)
}

/// These items, each that cannot be laid out as one hole that is filled by its tokens, and whether any can be.
fn with_plain_items(row: &Row, range: Range<usize>) -> Option<(Row, bool)> {
    let (mut out, mut any) = (Row::default(), false);
    for item in items(row, range)? {
        let part = row.part(item.clone());
        if lay_out(&part.tokens).is_some() {
            any |= part.tokens.all().len() > part.fillers.len();
            out.extend(row, item);
        } else if let Some(members) = members(row, item.clone())
            && let Some((inside, true)) = with_plain_items(row, members.clone())
        {
            any = true;
            out.extend(row, item.start..members.start);
            out.extend(&inside, 0..inside.tokens.all().len());
            out.extend(row, members.end..item.end);
        } else if let Some(open) = with_plain_body(&part) {
            any = true;
            out.extend(&open, 0..open.tokens.all().len());
        } else {
            out.add_hole(Kind::Holes, Filler::Plain(part));
        }
    }
    Some((out, any))
}

/// An item with all that stands in its braces as one hole.
fn with_plain_body(item: &Row) -> Option<Row> {
    let all = 0..item.tokens.all().len();
    let body = braces(item, all.clone())?;
    let mut open = Row::default();
    open.extend(item, all.start..body.start);
    open.add_hole(Kind::Holes, Filler::Plain(item.part(body.clone())));
    open.extend(item, body.end..all.end);
    lay_out(&open.tokens).is_some().then_some(open)
}

/// Where each item stands, and each hole between them.
fn items(row: &Row, range: Range<usize>) -> Option<Vec<Range<usize>>> {
    let mut items = Vec::new();
    let mut start = range.start;
    while start < range.end {
        let end = if matches!(kind(row, start)?, Kind::Hole | Kind::Holes) {
            start + 1
        } else {
            item_end(row, start..range.end)?
        };
        items.push(start..end);
        start = end;
    }
    Some(items)
}

fn kind(row: &Row, at: usize) -> Option<Kind> {
    row.tokens.all().get(at).map(|it| it.kind)
}

/// Behind the first item.
fn item_end(row: &Row, range: Range<usize>) -> Option<usize> {
    let mut keyword = None;
    let mut at = range.start;
    while at < range.end {
        let token = *row.tokens.all().get(at)?;
        let text = row.tokens.text(token);
        match token.kind {
            Kind::Name if keyword.is_none() && text != "pub" => keyword = Some(text),
            // What has a body in braces ends with it; a value or a list of imports in braces is followed by a semicolon.
            Kind::Open(Delimiter::Brace)
                if !matches!(keyword, Some("use" | "const" | "static" | "type")) =>
            {
                return is_keyword(keyword).then(|| behind(row, at))?;
            }
            Kind::Open(_) => {
                at = behind(row, at)?;
                continue;
            }
            Kind::Sign(b';', _) => return is_keyword(keyword).then_some(at + 1),
            _ => {}
        }
        at += 1;
    }
    None
}

fn is_keyword(it: Option<&str>) -> bool {
    const ITEMS: &[&str] = &[
        "use", "mod", "const", "static", "type", "struct", "enum", "trait", "impl", "fn", "async",
    ];
    it.is_some_and(|it| ITEMS.contains(&it))
}

/// Behind the bracket that closes the one here.
fn behind(row: &Row, open: usize) -> Option<usize> {
    let mut depth = 0;
    for (at, it) in row.tokens.all().iter().enumerate().skip(open) {
        match it.kind {
            Kind::Open(_) => depth += 1,
            Kind::Close => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at + 1);
        }
    }
    None
}

/// What stands in the braces of a trait or an implementation.
fn members(row: &Row, item: Range<usize>) -> Option<Range<usize>> {
    let tokens = row.tokens.all().get(item.clone())?;
    let is_one = tokens
        .iter()
        .any(|it| it.kind == Kind::Name && matches!(row.tokens.text(*it), "impl" | "trait"));
    braces(row, item).filter(|_| is_one)
}

/// What stands in an item's braces.
fn braces(row: &Row, item: Range<usize>) -> Option<Range<usize>> {
    let brace = |at: &usize| kind(row, *at) == Some(Kind::Open(Delimiter::Brace));
    let open = item.clone().find(brace)?;
    let ends = kind(row, item.end - 1) == Some(Kind::Close);
    ends.then_some(open + 1..item.end - 1)
}
