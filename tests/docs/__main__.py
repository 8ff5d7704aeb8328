"""``python -m tests.docs``: list the links that lead to other machines. Nothing is fetched."""

from tests.docs.links import documents, links

for page in documents():
    for link in links(page):
        if link.is_elsewhere:
            print(link)
