"""What a page is made of, apart from its text."""

from html.parser import HTMLParser

VOID = {"meta", "input", "br", "link", "img"}


class Skeleton(HTMLParser):
    """Tags with their attributes' names, in order; text; and whether all that opens is closed."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.values, self.text, self.open = [], [], [], []
        self.feed(page)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, tuple(name for name, _ in attributes)))
        self.values += [(tag, name, value or "") for name, value in attributes]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, tuple(name for name, _ in attributes)))
        self.values += [(tag, name, value or "") for name, value in attributes]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] not in ("style", "script"):
            self.text.append(data)

    @property
    def words(self):
        """The text, with one space where there is any."""
        return " ".join(" ".join(self.text).split())

    def all_of(self, name):
        """Every value of an attribute."""
        return [value for _, attribute, value in self.values if attribute == name]
