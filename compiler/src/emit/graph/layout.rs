//! A layered layout, left to right: each node in the column after those that lead to it, long arrows through the gaps,
//! arrows back below everything. Whole pixels, so that the same graph gives the same picture everywhere.

use super::{Edge, Graph, Node};

/// A line of text, in pixels.
pub(super) const LINE: i32 = 18;
const NODE_PADDING: i32 = 30;
const NODE_WIDTH_MIN: i32 = 150;
const ROW_GAP: i32 = 34;
const COLUMN_GAP: i32 = 60;
const MARGIN: i32 = 28;
/// Room for the line below everything.
const FOOT: i32 = 22;
/// Room for the title above everything.
const TOP: i32 = 76;
/// Height of the lane of one arrow back.
const LANE: i32 = 34;
const SWEEPS: usize = 8;
/// How far beside a box an arrow back turns.
const BESIDE: i32 = 14;
/// Between two arrows back that run side by side.
const STEP: i32 = 7;

/// A placed box.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Box {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) width: i32,
    pub(super) height: i32,
}

/// A placed arrow.
#[derive(Clone, Debug)]
pub(super) struct Arrow {
    /// Points that it passes, ends included.
    pub(super) points: Vec<(i32, i32)>,
    /// True when it runs back, in straight lines.
    pub(super) back: bool,
    /// Middle of its label.
    pub(super) label: (i32, i32),
}

/// The whole picture.
#[derive(Debug, Default)]
pub(super) struct Placed {
    pub(super) width: i32,
    pub(super) height: i32,
    /// In the order of `Graph::nodes`.
    pub(super) boxes: Vec<Box>,
    /// In the order of `Graph::edges`.
    pub(super) arrows: Vec<Arrow>,
}

/// Something in a column: a node, or a bend of a long arrow.
#[derive(Clone, Copy, Debug)]
struct Item {
    column: usize,
    height: i32,
    y: i32,
}

/// Width of a text in the drawing's font, rounded up.
pub(super) fn text_width(text: &str) -> i32 {
    i32::try_from(text.chars().count())
        .unwrap_or(i32::MAX / 1000)
        .saturating_mul(15)
        / 2
}

/// Places a graph.
pub(super) fn place(graph: &Graph) -> Placed {
    let columns = columns(graph);
    let forward: Vec<bool> = graph
        .edges
        .iter()
        .map(|it| at(&columns, it.from) < at(&columns, it.to))
        .collect();
    let mut items: Vec<Item> = graph
        .nodes
        .iter()
        .zip(&columns)
        .map(|(node, column)| Item {
            column: *column,
            height: height(node),
            y: 0,
        })
        .collect();
    let paths = bends(graph, &forward, &mut items);
    arrange(&mut items, &paths);
    finish(graph, &items, &paths, &forward)
}

fn at<T: Copy + Default>(values: &[T], index: usize) -> T {
    values.get(index).copied().unwrap_or_default()
}

fn height(node: &Node) -> i32 {
    let lines = i32::try_from(node.details.len())
        .unwrap_or(100)
        .saturating_add(2);
    lines.saturating_mul(LINE).saturating_add(20)
}

fn width(node: &Node) -> i32 {
    let details = node
        .details
        .iter()
        .map(|it| text_width(it))
        .max()
        .unwrap_or(0);
    // The name is set larger.
    let name = text_width(&node.id).saturating_mul(4) / 3;
    details
        .max(name)
        .saturating_add(NODE_PADDING)
        .max(NODE_WIDTH_MIN)
}

/// The column of each node: the longest way to it, where arrows that would close a circle do not count.
fn columns(graph: &Graph) -> Vec<usize> {
    let mut columns = vec![0; graph.nodes.len()];
    let back = circles(graph);
    // A way without circles is at most as long as there are nodes.
    for _ in 0..graph.nodes.len() {
        let mut is_done = true;
        for (edge, back) in graph.edges.iter().zip(&back) {
            let wanted: usize = at::<usize>(&columns, edge.from) + 1;
            if let Some(column) = columns.get_mut(edge.to).filter(|it| !back && **it < wanted) {
                *column = wanted;
                is_done = false;
            }
        }
        if is_done {
            break;
        }
    }
    // What only leads somewhere, such as a secret, stands right before it.
    for index in 0..columns.len() {
        let leads_to = graph
            .edges
            .iter()
            .zip(&back)
            .filter(|(it, back)| it.from == index && !**back);
        let nearest = leads_to.map(|(it, _)| at(&columns, it.to)).min();
        let has_source = graph.edges.iter().any(|it| it.to == index);
        if let (Some(nearest), false, Some(column)) = (nearest, has_source, columns.get_mut(index))
        {
            *column = nearest.saturating_sub(1);
        }
    }
    columns
}

/// Which arrows close a circle, found by walking from the nodes in their order.
fn circles(graph: &Graph) -> Vec<bool> {
    fn walk(graph: &Graph, node: usize, state: &mut [u8], back: &mut [bool]) {
        if let Some(it) = state.get_mut(node) {
            *it = 1;
        }
        for (index, edge) in graph
            .edges
            .iter()
            .enumerate()
            .filter(|(_, it)| it.from == node)
        {
            match state.get(edge.to).copied() {
                Some(0) => walk(graph, edge.to, state, back),
                Some(1) => {
                    if let Some(it) = back.get_mut(index) {
                        *it = true;
                    }
                }
                _ => {}
            }
        }
        if let Some(it) = state.get_mut(node) {
            *it = 2;
        }
    }
    let mut state = vec![0; graph.nodes.len()];
    let mut back = vec![false; graph.edges.len()];
    for node in 0..graph.nodes.len() {
        if at(&state, node) == 0 {
            walk(graph, node, &mut state, &mut back);
        }
    }
    back
}

/// The items that each arrow passes; long ones get a bend in each column between.
fn bends(graph: &Graph, forward: &[bool], items: &mut Vec<Item>) -> Vec<Vec<usize>> {
    let mut paths = Vec::with_capacity(graph.edges.len());
    for (edge, forward) in graph.edges.iter().zip(forward) {
        let (first, last) = (column(items, edge.from), column(items, edge.to));
        let mut path = Vec::with_capacity(last.saturating_sub(first) + 2);
        path.push(edge.from);
        if *forward {
            for column in first + 1..last {
                path.push(items.len());
                items.push(Item {
                    column,
                    height: LINE,
                    y: 0,
                });
            }
        }
        path.push(edge.to);
        paths.push(path);
    }
    paths
}

fn column(items: &[Item], index: usize) -> usize {
    items.get(index).map_or(0, |it| it.column)
}

/// Orders each column by where its neighbours are, then spreads it so that nothing overlaps.
fn arrange(items: &mut [Item], paths: &[Vec<usize>]) {
    let count = items.iter().map(|it| it.column + 1).max().unwrap_or(0);
    let mut order: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (index, item) in items.iter().enumerate() {
        if let Some(column) = order.get_mut(item.column) {
            column.push(index);
        }
    }
    for column in &order {
        stack(items, column);
    }
    let near = Neighbours::new(items.len(), paths);
    let mut wishes: Vec<(i32, usize)> = Vec::new();
    for _ in 0..SWEEPS {
        for column in &mut order {
            wishes.clear();
            let wish = |it: &usize| (near.middle(items, *it), *it);
            wishes.extend(column.iter().map(wish));
            wishes.sort_unstable();
            for ((wish, index), place) in wishes.iter().zip(&mut *column) {
                *place = *index;
                if let Some(item) = items.get_mut(*index) {
                    item.y = *wish - item.height / 2;
                }
            }
            spread(items, column);
        }
    }
    let top = items.iter().map(|it| it.y).min().unwrap_or(0);
    for item in items {
        item.y = item.y - top + TOP;
    }
}

fn middle(item: &Item) -> i32 {
    item.y + item.height / 2
}

/// What each item is joined to by arrows, item after item.
struct Neighbours {
    all: Vec<(usize, usize)>,
    /// Where those of each item begin.
    begins: Vec<usize>,
}

impl Neighbours {
    fn new(items: usize, paths: &[Vec<usize>]) -> Self {
        let mut all = Vec::with_capacity(4 * items);
        for path in paths {
            for (from, to) in path.iter().zip(path.iter().skip(1)) {
                if from != to {
                    all.extend([(*from, *to), (*to, *from)]);
                }
            }
        }
        all.sort_unstable();
        let begins = (0..=items).map(|item| all.partition_point(|(it, _)| *it < item));
        let begins = begins.collect();
        Self { all, begins }
    }

    /// The middle of an item's neighbours; its own where it has none.
    fn middle(&self, items: &[Item], index: usize) -> i32 {
        let (begin, end) = (at(&self.begins, index), at(&self.begins, index + 1));
        let own = self.all.get(begin..end).unwrap_or_default();
        let middles = own.iter().filter_map(|(_, it)| items.get(*it)).map(middle);
        match i32::try_from(own.len()) {
            Ok(count) if count > 0 => middles.sum::<i32>() / count,
            _ => items.get(index).map_or(0, middle),
        }
    }
}

fn stack(items: &mut [Item], column: &[usize]) {
    let mut y = 0;
    for index in column {
        if let Some(item) = items.get_mut(*index) {
            item.y = y;
            y += item.height + ROW_GAP;
        }
    }
}

/// Pushes overlapping items apart, then the whole column back to where it wanted to be on average.
fn spread(items: &mut [Item], column: &[usize]) {
    let wanted: i32 = column
        .iter()
        .filter_map(|it| items.get(*it))
        .map(middle)
        .sum();
    let mut lowest = i32::MIN / 2;
    for index in column {
        if let Some(item) = items.get_mut(*index) {
            item.y = item.y.max(lowest);
            lowest = item.y + item.height + ROW_GAP;
        }
    }
    let got: i32 = column
        .iter()
        .filter_map(|it| items.get(*it))
        .map(middle)
        .sum();
    let Ok(count) = i32::try_from(column.len()) else {
        return;
    };
    if count == 0 {
        return;
    }
    let shift = (wanted - got) / count;
    for index in column {
        if let Some(item) = items.get_mut(*index) {
            item.y += shift;
        }
    }
}

/// Columns to x, and arrows to points.
fn finish(graph: &Graph, items: &[Item], paths: &[Vec<usize>], forward: &[bool]) -> Placed {
    let count = items.iter().map(|it| it.column + 1).max().unwrap_or(0);
    let mut lefts = Vec::new();
    let mut widths = Vec::new();
    let mut x = MARGIN;
    for column in 0..count {
        let nodes = graph
            .nodes
            .iter()
            .zip(items)
            .filter(|(_, item)| item.column == column);
        let width = nodes.map(|(node, _)| width(node)).max().unwrap_or(0);
        lefts.push(x);
        widths.push(width);
        x += width + gap(graph, items, paths, forward, column);
    }
    let boxes: Vec<Box> = graph
        .nodes
        .iter()
        .zip(items)
        .map(|(_, item)| Box {
            x: at(&lefts, item.column),
            y: item.y,
            width: at(&widths, item.column),
            height: item.height,
        })
        .collect();
    let right = lefts
        .iter()
        .zip(&widths)
        .map(|(left, width)| left + width)
        .max()
        .unwrap_or(0);
    let bottom = items.iter().map(|it| it.y + it.height).max().unwrap_or(TOP);
    let mut lane = bottom;
    let mut offset = 0;
    let mut arrows = Vec::new();
    for ((edge, path), forward) in graph.edges.iter().zip(paths).zip(forward) {
        if *forward {
            arrows.push(ahead(edge, path, items, &boxes, &lefts, &widths));
        } else {
            arrows.push(behind(edge, &boxes, lane + LANE, offset));
            lane += LANE;
            offset += STEP;
        }
    }
    let lowest = lane + MARGIN + FOOT;
    Placed {
        width: right + MARGIN + offset,
        height: lowest,
        boxes,
        arrows,
    }
}

/// Room between a column and the next, for the labels that stand there.
fn gap(
    graph: &Graph,
    items: &[Item],
    paths: &[Vec<usize>],
    forward: &[bool],
    column_index: usize,
) -> i32 {
    let mut widest = 0;
    for ((edge, path), forward) in graph.edges.iter().zip(paths).zip(forward) {
        if *forward && path.first().map(|it| column(items, *it)) == Some(column_index) {
            widest = edge
                .label
                .iter()
                .map(|it| text_width(it))
                .fold(widest, i32::max);
        }
    }
    widest + COLUMN_GAP
}

/// An arrow to a later column. Its ends are spread over the side of the box, so that arrows do not lie on each other.
fn ahead(
    edge: &Edge,
    path: &[usize],
    items: &[Item],
    boxes: &[Box],
    lefts: &[i32],
    widths: &[i32],
) -> Arrow {
    let (from, to) = (at(boxes, edge.from), at(boxes, edge.to));
    let mut points = Vec::with_capacity(2 * path.len());
    points.push((from.x + from.width, from.y + from.height / 2));
    for index in path.iter().skip(1).take(path.len().saturating_sub(2)) {
        if let Some(item) = items.get(*index) {
            let left = at(lefts, item.column);
            points.push((left, middle(item)));
            points.push((left + at(widths, item.column), middle(item)));
        }
    }
    points.push((to.x, to.y + to.height / 2));
    let (start, end) = match points.as_slice() {
        [first, second, ..] => (*first, *second),
        _ => ((0, 0), (0, 0)),
    };
    let label = (i32::midpoint(start.0, end.0), i32::midpoint(start.1, end.1));
    Arrow {
        points,
        back: false,
        label,
    }
}

/// An arrow to an earlier column: down, along its lane, and up again. Where another box stands below, it goes down in the
/// gap beside the column, since a line that runs under a box could be anyone's.
fn behind(edge: &Edge, boxes: &[Box], lane: i32, offset: i32) -> Arrow {
    let (from, to) = (at(boxes, edge.from), at(boxes, edge.to));
    let mut points = Vec::new();
    let start = if is_lowest(boxes, from) {
        let x = from.x + from.width / 2 + offset;
        points.push((x, from.y + from.height));
        x
    } else {
        let x = from.x + from.width + BESIDE + offset;
        let y = from.y + from.height - BESIDE;
        points.extend([(from.x + from.width, y), (x, y)]);
        x
    };
    let end = if is_lowest(boxes, to) {
        to.x + to.width / 2 + offset
    } else {
        to.x - BESIDE - 8 - offset
    };
    points.extend([(start, lane), (end, lane)]);
    if is_lowest(boxes, to) {
        points.push((end, to.y + to.height));
    } else {
        let y = to.y + to.height - BESIDE;
        points.extend([(end, y), (to.x, y)]);
    }
    Arrow {
        points,
        back: true,
        label: (i32::midpoint(start, end), lane),
    }
}

/// True where no other box of the column stands below.
fn is_lowest(boxes: &[Box], it: Box) -> bool {
    !boxes.iter().any(|other| other.x == it.x && other.y > it.y)
}
