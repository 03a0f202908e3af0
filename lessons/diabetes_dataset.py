"""The Dataset of lesson 7, in a module of its own: so the course's PicklingError does not arise.

DataLoader's worker processes get the dataset by pickling, and a pickle holds no code: it holds the address
"class DiabetesDataset of module lessons.diabetes_dataset", which the worker imports. A class that was defined in a
notebook, inside a function, or in a script that the worker starts anew has no address that works:

    PicklingError: Can't pickle <class '__main__.DiabetesDataset'>: attribute lookup ... failed
"""


class DiabetesDataset:
    """One patient at a time: 8 features and the outcome.

    A Dataset is a promise of two methods; the base class ``torch.utils.data.Dataset`` adds none. It is left out, as
    are tensors (DataLoader makes them), so that this one class serves both engines.
    """

    def __init__(self, xy):
        self.len = xy.shape[0]
        self.x_data = xy[:, :-1]
        self.y_data = xy[:, [-1]]

    def __getitem__(self, index):
        return self.x_data[index], self.y_data[index]

    def __len__(self):
        return self.len
